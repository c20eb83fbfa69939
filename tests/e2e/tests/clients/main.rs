//! Clients on the gRPC stacks of others, with all that a good client does: the example in Python, and one in Go.

mod cases;
mod line;
mod modes;
mod peer;

/// Each case, with each client.
macro_rules! with_each_client {
    ($($case:ident)*) => {
        mod python {
            $(#[tokio::test]
            async fn $case() {
                crate::cases::$case(crate::peer::python).await;
            })*
        }

        mod go {
            $(#[tokio::test]
            async fn $case() {
                crate::cases::$case(crate::peer::go).await;
            })*
        }
    };
}

with_each_client! {
    it_says_who_it_is_and_how_its_commands_went
    it_answers_pings_while_a_handler_runs_and_starts_no_command_again
    it_goes_on_with_its_session_and_executes_no_command_twice
    it_comes_to_a_new_hub_and_remembers_what_it_has_executed
    it_leaves_a_hub_that_drains_and_comes_back
    it_does_not_chase_the_one_that_took_its_id
    it_does_not_come_back_to_a_hub_that_refuses_it
    it_comes_back_when_it_is_asked_to
    it_gives_up_a_stream_that_does_not_open
    it_leaves_after_all_that_it_has_to_say
}
