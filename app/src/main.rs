//! The program: everything that it does begins in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    clisonix::cli::main()
}
