//! Promises of the window, told through names as a user of a screen reader would find them. No display needed.

mod compute;
mod habits;
mod layout;
mod measure;
mod mesh;
mod models;
mod planes;
mod results;
mod session;
mod stage;
mod window;
