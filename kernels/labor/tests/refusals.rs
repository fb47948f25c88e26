//! An impossible array is refused with a sentence that names the thing and the value.

mod support;

use kernel_labor::{LaborError, MEMBERS_MAX, Membership, TASK_INPUTS_MAX, assign};
use support::{member, membership, task};

fn said<T: std::fmt::Debug>(outcome: Result<T, LaborError>) -> String {
    outcome.expect_err("a refusal").to_string()
}

#[test]
fn members_that_cannot_be_are_named() {
    assert_eq!(
        said(Membership::new(vec![])),
        "There are no members to assign tasks to"
    );
    assert_eq!(
        said(Membership::new(vec![member("a", 0)])),
        "Member a has capacity 0"
    );
    assert_eq!(
        said(Membership::new(vec![member("", 1)])),
        "A member has an empty peer id"
    );
    let long = said(Membership::new(vec![member(&"x".repeat(1_000_000), 1)]));
    assert_eq!(
        long,
        "A peer id of 1000000 bytes is longer than 128: it begins with xxxxxxxxxxxxxxxx"
    );
    let mut twice = [member("b", 1), member("a", 1), member("b", 2)];
    twice[2].incarnation = 2;
    assert_eq!(
        said(Membership::new(twice.to_vec())),
        "Peer b is in the membership twice"
    );
    let crowd = (0..=MEMBERS_MAX)
        .map(|index| member(&index.to_string(), 1))
        .collect();
    assert_eq!(
        said(Membership::new(crowd)),
        "4097 members are more than the 4096 of one array"
    );
    assert_eq!(
        said(membership(&[member("a", 1)]).without("z")),
        "Peer z is not in the membership"
    );
    assert_eq!(
        said(membership(&[member("a", 1)]).without("a")),
        "There are no members to assign tasks to"
    );
    assert_eq!(
        said(membership(&[member("a", 1)]).with(member("a", 2))),
        "Peer a is in the membership twice"
    );
}

#[test]
fn tasks_that_cannot_be_are_named() {
    let one = membership(&[member("a", 1)]);
    assert_eq!(said(assign(&[], &one)), "There are no tasks to assign");
    let overflow = [task(1, u64::MAX), task(2, u64::MAX)];
    let sentence = said(assign(&overflow, &one));
    assert_eq!(
        sentence,
        "The costs of the tasks add up to 36893488147419103230, more than 18446744073709551615 can count"
    );
    let start = "Task 00000001".to_owned() + &"0".repeat(56);
    assert_eq!(
        said(assign(&[task(1, 5), task(1, 6)], &one)),
        format!("{start} is listed twice with different costs, memory or inputs")
    );
    let mut large = task(1, 5);
    large.memory_bytes = 1 << 40;
    assert_eq!(
        said(assign(&[task(2, 5), large], &one)),
        format!(
            "{start} fits nowhere: it needs 1099511627776 bytes of memory and the largest member has 1073741824"
        )
    );
    let mut many = task(1, 5);
    many.inputs = vec![([1; 32], 1); TASK_INPUTS_MAX + 1];
    assert_eq!(
        said(assign(&[many], &one)),
        format!("{start} reads 1025 inputs, more than the 1024 allowed")
    );
    let (mut first, mut second) = (task(1, 5), task(2, 5));
    (first.inputs, second.inputs) = (vec![([3; 32], 10)], vec![([3; 32], 11)]);
    assert_eq!(
        said(assign(&[first, second], &one)),
        format!(
            "Input {} is listed with 10 bytes and with 11 bytes",
            "03".repeat(32)
        )
    );
}

#[test]
fn transfers_too_large_to_count_name_the_member() {
    let mut far = member("far", 1);
    far.link_cost = u32::MAX;
    let mut heavy = task(1, 5);
    heavy.inputs = vec![([3; 32], u64::MAX)];
    let sentence = said(assign(&[heavy], &membership(&[far])));
    assert_eq!(
        sentence,
        "Member far with link cost 4294967295 makes the work and the transfer of 18446744073709551615 bytes too large to count"
    );
}

#[test]
fn a_class_that_nobody_has_is_named() {
    let sentence = said(assign(
        &[task(1, 5)],
        &membership(&[member("a", 1)]).requiring_class([9; 32]),
    ));
    assert_eq!(
        sentence,
        format!(
            "No member has numeric class {}, which the job asks for",
            "09".repeat(32)
        )
    );
}

#[test]
fn inputs_too_large_to_count_are_named() {
    let mut heavy = [task(1, 5), task(2, 5)];
    heavy
        .iter_mut()
        .for_each(|task| task.inputs = vec![([3; 32], u64::MAX)]);
    let sentence = said(assign(&heavy, &membership(&[member("a", 1)])));
    assert_eq!(
        sentence,
        format!(
            "Input {} of 18446744073709551615 bytes makes the inputs too large to count",
            "03".repeat(32)
        )
    );
}

#[test]
fn the_largest_costs_that_can_be_counted_are_placed() {
    let mut far = [member("a", u32::MAX), member("b", u32::MAX - 1)];
    far.iter_mut()
        .for_each(|member| member.link_cost = u32::MAX);
    let mut tasks = [task(1, u64::MAX / 4), task(2, u64::MAX / 4)];
    tasks
        .iter_mut()
        .for_each(|task| task.inputs = vec![(task.id, 1 << 30)]);
    let assignment = assign(&tasks, &membership(&far)).unwrap();
    assert_eq!(
        (
            assignment.tasks_of("a").len(),
            assignment.tasks_of("b").len()
        ),
        (1, 1)
    );
}
