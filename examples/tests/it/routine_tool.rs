//! A day of routine work, on a clock that the tool makes itself.

#[test]
fn a_friday_has_the_work_that_the_documents_time_exactly() {
    let (code, stdout, stderr) = crate::run(env!("CARGO_BIN_EXE_routine-tool"), &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(
        stdout.lines().collect::<Vec<_>>(),
        [
            "5 tasks have their times, 116 questions are open",
            "07:00  バックアップ確認 (15 min)",
            "09:00  インフラ状態チェック (15 min)",
            "09:00  朝会 (30 min)",
            "10:00  セキュリティログレビュー (15 min)",
            "16:00  週次レビュー (60 min)",
        ]
    );
}
