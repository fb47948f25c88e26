//! What lies beside and over images: read once, asked for with each image, and never of another image.

use actor_messages::{Attachment, FrameLayers, ObjectContent};
use kernel_imaging::{
    AttachedObject, FallbackCharacterSet, ObjectKind, Phi, StructureSet, TagRow, TextRule,
};

use super::*;
use crate::state::Annotations;
use crate::viewport::overlay::{self, IDENTITY_HIDDEN};

fn with_object(kind: ObjectKind) -> (State, PathBuf) {
    let mut state = opened(9);
    let path = PathBuf::from("/data/object.dcm");
    let mut studies = (*state.scans[0].studies).clone();
    studies[0].objects.push(AttachedObject {
        kind,
        name: "an object".to_owned(),
        path: path.clone(),
        sop_instance_uid: "9".to_owned(),
        series_uid: "8".to_owned(),
        description: Phi::default(),
        references: Vec::new(),
    });
    state.scans[0].studies = Arc::new(studies);
    show(&mut state);
    (state, path)
}

fn read(path: &std::path::Path) -> Event {
    let attachment = Attachment {
        path: path.to_owned(),
        content: ObjectContent::StructureSet(StructureSet::default()),
    };
    Event::ObjectRead {
        path: path.to_owned(),
        read: Ok(Arc::new(attachment)),
    }
}

fn asks_for_layers(commands: &[Command]) -> bool {
    commands
        .iter()
        .any(|command| matches!(command, Command::ReadLayers { .. }))
}

#[test]
fn an_object_is_read_once_and_laid_over_every_image_that_comes() {
    let (mut state, path) = with_object(ObjectKind::StructureSet);
    let toggle = || Action::ToggleObject(path.clone());
    let commands = update(&mut state, toggle());
    assert!(
        matches!(&commands[..], [Command::ReadObject { .. }]),
        "{commands:?}"
    );
    assert!(asks_for_layers(&receive(&mut state, read(&path))));
    update(&mut state, Action::Scroll(1));
    let event = ready(&state, state.view.generation.0);
    assert!(asks_for_layers(&receive(&mut state, event)));
    assert!(update(&mut state, toggle()).is_empty(), "off");
    let again = update(&mut state, toggle());
    assert!(asks_for_layers(&again) && again.len() == 1, "{again:?}");
}

#[test]
fn layers_of_an_image_scrolled_past_are_dropped() {
    let (mut state, path) = with_object(ObjectKind::StructureSet);
    update(&mut state, Action::ToggleObject(path.clone()));
    receive(&mut state, read(&path));
    let layers = Arc::new(FrameLayers {
        reference: state.view.wanted().expect("a frame").clone(),
        overlays: None,
        masks: Vec::new(),
        polygons: Vec::new(),
        problems: Vec::new(),
    });
    let event = |state: &State, layers: &Arc<FrameLayers>| Event::LayersReady {
        viewport: state.view.id,
        generation: state.view.generation,
        layers: layers.clone(),
    };
    let late = event(&state, &layers);
    receive(&mut state, late.clone());
    assert!(state.view.layers_here().is_some());
    update(&mut state, Action::Scroll(1));
    show(&mut state);
    receive(&mut state, late);
    assert!(state.view.layers_here().is_none(), "of another image");
}

#[test]
fn tags_follow_the_image_with_one_reading_at_a_time() {
    let mut state = opened(9);
    show(&mut state);
    let asked = |commands: &[Command]| {
        commands.iter().find_map(|command| match command {
            Command::ReadTags { path, .. } => Some(path.clone()),
            _ => None,
        })
    };
    let first = asked(&update(&mut state, Action::FindTags)).expect("the image's file");
    assert_eq!(state.view.wanted().expect("a frame").instance.path, first);
    let moved = update(&mut state, Action::Scroll(2));
    assert_eq!(asked(&moved), None, "one reading is under way");
    let rows: Result<Arc<Vec<TagRow>>, String> = Ok(Arc::default());
    let event = Event::TagsRead { path: first, rows };
    let next = asked(&receive(&mut state, event));
    let wanted = state.view.wanted().expect("a frame").instance.path.clone();
    assert_eq!(next, Some(wanted));
}

#[test]
fn rule_25_a_hidden_identity_leaves_a_mark_on_the_image() {
    let mut state = opened(3);
    show(&mut state);
    let says = |annotations, words: &str| {
        let corners = overlay::corners(&state.view, annotations, 1.0, false);
        corners.top_left.iter().any(|line| line.text == words)
    };
    assert!(says(Annotations::Full, "No name"), "identity comes first");
    for hidden in [Annotations::Minimal, Annotations::None] {
        assert!(says(hidden, IDENTITY_HIDDEN));
        assert!(!says(hidden, "No name"));
    }
}

#[test]
fn another_character_set_opens_again_what_is_open_and_is_kept() {
    let (mut state, _) = with_object(ObjectKind::Report);
    let paths = state.scans[0].paths.clone();
    let rule = TextRule {
        character_set: FallbackCharacterSet::Greek,
        overrides: false,
    };
    let commands = update(&mut state, Action::ReadTextAs(rule));
    let again: Vec<_> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Open { paths, text, .. } => Some((paths.clone(), *text)),
            _ => None,
        })
        .collect();
    assert_eq!(again, [(paths, rule)]);
    assert!(state.wishes.save_text && state.text == rule);
    assert!(update(&mut state, Action::ReadTextAs(rule)).is_empty());
}
