//! Rules of sharing: the one switch, pairing by a code, forgetting.

use actor_messages::Command;

use crate::action::Action;
use crate::state::State;

/// Words of a pairing code.
pub const CODE_WORDS: usize = 6;

pub(super) fn update(state: &mut State, action: Action) -> Vec<Command> {
    let form = &mut state.pairing;
    match action {
        Action::SetSharing(sharing) => return vec![Command::SetSharing(sharing)],
        Action::ShowPairingCode => return vec![Command::ShowPairingCode],
        Action::CancelPairing => return vec![Command::CancelPairing],
        Action::SetPairingCode(code) => form.code = code,
        Action::SetPairingAddress(address) => form.address = address,
        Action::SetDialAddress(address) => form.dial = address,
        Action::AskForget(peer) => form.forgetting = peer,
        Action::Pair if code_problem(&form.code).is_none() => {
            let code = form
                .code
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase();
            let address = form.address.trim();
            let address = (!address.is_empty()).then(|| address.to_owned());
            // A code opens one door once: it is not left lying in the field.
            form.code.clear();
            return vec![Command::PairWithCode { code, address }];
        }
        Action::Dial => {
            let address = std::mem::take(&mut form.dial).trim().to_owned();
            if !address.is_empty() {
                return vec![Command::Dial(address)];
            }
        }
        Action::Forget(peer) => {
            form.forgetting = None;
            return vec![Command::ForgetPeer(peer)];
        }
        _ => {}
    }
    Vec::new()
}

/// What is wrong with a code as typed, or none.
pub fn code_problem(code: &str) -> Option<String> {
    match code.split_whitespace().count() {
        CODE_WORDS => None,
        words => Some(format!(
            "A code has {CODE_WORDS} words, this one has {words}"
        )),
    }
}
