//! Who takes part: members with integer weights, sorted by peer id, so that every node sees the same list.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::{Id, LaborError};

/// Most members of one array.
pub const MEMBERS_MAX: usize = 4096;
/// Longest peer id in bytes.
pub const PEER_BYTES_MAX: usize = 128;

const DOMAIN: &str = "clisonix 2026-11 labor membership v1";

/// One machine that computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// An opaque id that sorts, at most [`PEER_BYTES_MAX`] bytes.
    pub peer: String,
    /// Which start of the program on that peer; a restarted peer is a new member. Not part of any digest,
    /// since the same machines get the same schedule tomorrow.
    pub incarnation: u64,
    /// Speed: work units it does in one unit of time. Never 0.
    pub capacity: u32,
    /// The largest task it can hold.
    pub memory_bytes: u64,
    /// What its arithmetic gives on the fixed probes.
    pub numeric_class: Id,
    /// Work units it could do while one byte of input arrives; 0 for the node that has the inputs.
    pub link_cost: u32,
}

impl Member {
    /// Whether the member can be part of any membership.
    pub fn check(&self) -> Result<(), LaborError> {
        if self.peer.is_empty() {
            return Err(LaborError::PeerEmpty);
        }
        if self.peer.len() > PEER_BYTES_MAX {
            return Err(LaborError::PeerTooLong {
                length: self.peer.len(),
                start: self.peer.chars().take(16).collect(),
            });
        }
        if self.capacity == 0 {
            return Err(LaborError::CapacityZero {
                peer: self.peer.clone(),
            });
        }
        Ok(())
    }
}

/// The members of one epoch of a job, sorted by peer id, each peer once; and the numeric class they must share, if any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Membership {
    members: Vec<Member>,
    required_class: Option<Id>,
}

#[derive(Serialize, Deserialize)]
struct Unchecked {
    members: Vec<Member>,
    required_class: Option<Id>,
}

impl TryFrom<Unchecked> for Membership {
    type Error = LaborError;

    fn try_from(unchecked: Unchecked) -> Result<Self, LaborError> {
        Ok(Self {
            required_class: unchecked.required_class,
            ..Self::new(unchecked.members)?
        })
    }
}

impl From<Membership> for Unchecked {
    fn from(membership: Membership) -> Self {
        Self {
            members: membership.members,
            required_class: membership.required_class,
        }
    }
}

impl Membership {
    /// Sorts and checks: at least one member and at most [`MEMBERS_MAX`], no peer twice, no capacity 0, no long id.
    pub fn new(mut members: Vec<Member>) -> Result<Self, LaborError> {
        match members.len() {
            0 => return Err(LaborError::NoMembers),
            count if count > MEMBERS_MAX => return Err(LaborError::TooManyMembers { count }),
            _ => {}
        }
        members.iter().try_for_each(Member::check)?;
        members.sort_by(|a, b| a.peer.cmp(&b.peer));
        if let Some(pair) = members.windows(2).find(|pair| pair[0].peer == pair[1].peer) {
            return Err(LaborError::PeerTwice {
                peer: pair[0].peer.clone(),
            });
        }
        Ok(Self {
            members,
            required_class: None,
        })
    }

    /// The same members for a strict job whose operation is not exact: only those of this numeric class get work.
    pub fn requiring_class(self, numeric_class: Id) -> Self {
        Self {
            required_class: Some(numeric_class),
            ..self
        }
    }

    /// The numeric class that members must have to get work.
    pub fn required_class(&self) -> Option<&Id> {
        self.required_class.as_ref()
    }

    /// The members in peer order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of that peer.
    pub fn member(&self, peer: &str) -> Option<&Member> {
        self.members
            .binary_search_by(|member| member.peer.as_str().cmp(peer))
            .ok()
            .map(|index| &self.members[index])
    }

    /// The members of the next epoch, after this peer is lost.
    pub fn without(&self, peer: &str) -> Result<Self, LaborError> {
        if self.member(peer).is_none() {
            return Err(LaborError::PeerUnknown {
                peer: peer.to_owned(),
            });
        }
        let members = self
            .members
            .iter()
            .filter(|member| member.peer != peer)
            .cloned()
            .collect();
        Ok(Self {
            required_class: self.required_class,
            ..Self::new(members)?
        })
    }

    /// The members of the next epoch, after this one has come.
    pub fn with(&self, member: Member) -> Result<Self, LaborError> {
        let members = self.members.iter().cloned().chain([member]).collect();
        Ok(Self {
            required_class: self.required_class,
            ..Self::new(members)?
        })
    }

    /// BLAKE3 over every member's peer id, capacity, memory, numeric class and link cost in peer order, and the class required.
    pub fn digest(&self) -> Id {
        digest(self.members.iter(), self.required_class.as_ref())
    }
}

/// The digest of members in peer order; of nobody too, since a job can lose them all.
pub(crate) fn digest<'a>(
    members: impl ExactSizeIterator<Item = &'a Member>,
    required_class: Option<&Id>,
) -> Id {
    let mut hash = Hash::new(DOMAIN);
    match required_class {
        Some(class) => hash.integer(1).id(class),
        None => hash.integer(0),
    };
    hash.integer(members.len() as u64);
    for member in members {
        hash.text(&member.peer)
            .integer(member.capacity.into())
            .integer(member.memory_bytes);
        hash.id(&member.numeric_class)
            .integer(member.link_cost.into());
    }
    hash.finish()
}

/// Whether a member may get work of a job that requires this class.
pub(crate) fn has_class(member: &Member, required_class: Option<&Id>) -> bool {
    required_class.is_none_or(|required| *required == member.numeric_class)
}
