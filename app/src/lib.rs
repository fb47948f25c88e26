//! Clisonix, the application: the window, and the command line over the same engine.

pub mod action;
pub mod app;
pub mod attached;
pub mod backend;
mod caption;
pub mod cli;
mod export;
pub mod fusion;
pub mod hanging;
mod home;
pub mod job;
mod keys;
pub mod layers;
pub mod layout;
pub mod linking;
pub mod masks;
pub mod measure;
pub mod models;
pub mod panels;
mod picker;
pub mod planes;
mod presets;
pub mod saving;
pub mod self_test;
pub mod session;
pub mod share;
pub mod stack;
pub mod state;
pub mod theme;
pub mod tools;
mod trace;
pub mod update;
pub mod viewport;
mod window;

pub use app::ClisonixApp;
pub use window::{WindowError, WindowOptions, run_window};
