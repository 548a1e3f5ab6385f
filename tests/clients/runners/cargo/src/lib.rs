#[test]
fn the_balance_is_there() {
    let key = std::env::var("LEADMAGIC_API_KEY").unwrap();
    let header = format!("X-API-Key: {key}");
    let words = ["-sS", "--fail", "--max-time", "10", "-H", &header, "https://api.leadmagic.io/v1/credits"];
    let done = std::process::Command::new("curl").args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("\"credits\":"));
}
