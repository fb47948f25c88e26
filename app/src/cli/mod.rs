//! The command line: one file per command, the same engine as the window. Without a command the window opens.

mod audit;
mod decode;
mod demo;
mod deploy;
mod export;
mod failure;
mod images;
mod inspect;
mod inspect_paths;
mod inspect_text;
mod interrupt;
mod job;
mod jobs;
mod leaving;
mod limits;
mod local_node;
mod models;
mod node;
mod operations;
mod pair;
mod pass;
mod peers;
mod render;
mod replay;
mod run;
mod save;
mod save_dicom;
mod selftest;
mod session;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use failure::Failure;
use session::Session;

/// Views DICOM images, computes on them, and shares the work with paired workstations.
///
/// For research. Not a medical device, and not for clinical decisions.
#[derive(Parser)]
#[command(name = "clisonix", version, about, max_term_width = 110)]
struct Arguments {
    /// Where keys, peers and journals are kept; the platform's data directory where none is named.
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Prints one JSON document on standard output; notices and progress go to standard error.
    #[arg(long, global = true)]
    json: bool,
    /// Files and folders to open in the window.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    Inspect(inspect::Inspect),
    Decode(decode::Decode),
    Render(render::Render),
    Run(run::Run),
    Pass(pass::Pass),
    Node(node::Node),
    Pair(pair::Pair),
    Peers(peers::Peers),
    Limits(limits::Limits),
    Verify(verify::Verify),
    Save(save_dicom::SaveDicom),
    Export(export::Export),
    Selftest(selftest::SelfTest),
    Replay(replay::Replay),
    Operations(operations::Operations),
    Jobs(jobs::Jobs),
    Models(models::Models),
    Demo(demo::Demo),
}

/// Reads the arguments of this process and does what they say. The exit code is 0 when it is done,
/// 1 when it failed and 2 when the arguments were wrong.
pub fn main() -> ExitCode {
    // Prints its own sentence and exits with 2 where the arguments make no sense.
    let arguments = Arguments::parse();
    let session = Session::new(arguments.home, arguments.json);
    let done = match arguments.command {
        None => open_window(&session, arguments.paths),
        Some(Command::Inspect(command)) => command.execute(&session),
        Some(Command::Decode(command)) => command.execute(&session),
        Some(Command::Render(command)) => command.execute(&session),
        Some(Command::Run(command)) => command.execute(&session),
        Some(Command::Pass(command)) => command.execute(&session),
        Some(Command::Node(command)) => command.execute(&session),
        Some(Command::Pair(command)) => command.execute(&session),
        Some(Command::Peers(command)) => command.execute(&session),
        Some(Command::Limits(command)) => command.execute(&session),
        Some(Command::Verify(command)) => command.execute(&session),
        Some(Command::Save(command)) => command.execute(&session),
        Some(Command::Export(command)) => command.execute(&session),
        Some(Command::Selftest(command)) => command.execute(&session),
        Some(Command::Replay(command)) => command.execute(&session),
        Some(Command::Operations(command)) => command.execute(&session),
        Some(Command::Jobs(command)) => command.execute(&session),
        Some(Command::Models(command)) => command.execute(&session),
        Some(Command::Demo(command)) => command.execute(&session),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            session.note(&failure);
            failure.exit_code()
        }
    }
}

fn open_window(session: &Session, paths: Vec<PathBuf>) -> Result<(), Failure> {
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(Failure::usage(format!(
            "There is no command, file or folder `{}`; clisonix --help lists the commands",
            missing.display()
        )));
    }
    if cfg!(target_os = "linux") && !has_display() {
        return Err(Failure::failed(
            "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set); \
             clisonix demo --out DIR does the same job without a window",
        ));
    }
    crate::run_window(crate::WindowOptions {
        home: session.home().to_owned(),
        paths,
    })
    .map_err(Failure::failed)
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        for line in [
            ["clisonix", "--home", "/h", "--json", "operations"],
            ["clisonix", "operations", "--json", "--home", "/h"],
        ] {
            let arguments = Arguments::try_parse_from(line).expect("it is right");
            assert!(arguments.json);
            assert_eq!(arguments.home, Some(PathBuf::from("/h")));
            assert!(matches!(arguments.command, Some(Command::Operations(_))));
        }
    }

    #[test]
    fn paths_without_a_command_are_for_the_window() {
        let arguments = Arguments::try_parse_from(["clisonix", "a.dcm", "folder"]).expect("right");
        assert!(arguments.command.is_none());
        assert_eq!(arguments.paths.len(), 2);
    }
}
