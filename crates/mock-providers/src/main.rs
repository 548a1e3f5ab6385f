//! The `mock-providers` program.

fn main() -> std::process::ExitCode {
    mock_providers::cli::main()
}
