//! What a client is told that would connect where `streaming-runtime` has none of its features.

#[test]
fn a_client_that_connects_is_told_the_feature() {
    trybuild::TestCases::new().compile_fail("fail/no_channel.rs");
}
