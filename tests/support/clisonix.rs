//! The product itself, built beside the tests.
fn main() -> std::process::ExitCode {
    clisonix::cli::main()
}
