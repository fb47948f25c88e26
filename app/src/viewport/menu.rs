//! The menus of the image: windows by name, and what a right click offers.

use eframe::egui::{Button, Slider, Ui};
use kernel_imaging::{Colormap, SlabProjection};

use crate::action::{Action, entry};
use crate::fusion::{FuseAction, partners};
use crate::habits::key_text;
use crate::hanging::HangAction;
use crate::layout::{LayoutAction, SIDE_MAX};
use crate::linking::LinkAction;
use crate::measure::{Kind, MeasureAction};
use crate::planes::{PlanesAction, SLABS_MM, Solid, SolidPreset};
use crate::presets;
use crate::state::{Side, State};
use crate::texts::tr;
use crate::tools::Tool;
use crate::tools::look::LookAction;

/// One item with the label and the key of its action.
pub fn item(ui: &mut Ui, action: Action, actions: &mut Vec<Action>) {
    let Some(entry) = entry(&action) else { return };
    let mut button = Button::new(tr(entry.label));
    if let Some(key) = key_text(entry) {
        button = button.shortcut_text(key);
    }
    if ui.add(button).on_hover_text(tr(entry.tooltip)).clicked() {
        actions.push(action);
        ui.close();
    }
}

/// An item that is on or off.
fn switch(ui: &mut Ui, action: Action, on: bool, actions: &mut Vec<Action>) {
    let Some(entry) = entry(&action) else { return };
    let mut button = Button::selectable(on, tr(entry.label));
    if let Some(key) = key_text(entry) {
        button = button.shortcut_text(key);
    }
    if ui.add(button).on_hover_text(tr(entry.tooltip)).clicked() {
        actions.push(action);
        ui.close();
    }
}

fn named(ui: &mut Ui, name: &str, key: Option<String>, action: Action, actions: &mut Vec<Action>) {
    let mut button = Button::new(name);
    if let Some(key) = key {
        button = button.shortcut_text(key);
    }
    if ui.add(button).clicked() {
        actions.push(action);
        ui.close();
    }
}

/// Auto, the file's windows and tables, the presets of the modality.
pub fn window_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    item(ui, Action::WindowDigit(0), actions);
    let attributes = state.view.wanted().map(|frame| frame.attributes());
    let offered = attributes
        .map(|attributes| attributes.voi.as_slice())
        .unwrap_or_default();
    for (index, voi) in offered.iter().enumerate() {
        let key = (index < 2).then(|| (index + 1).to_string());
        named(
            ui,
            &format!("File: {}", voi.title()),
            key,
            Action::WindowFile(index),
            actions,
        );
    }
    ui.separator();
    let modality = state
        .view
        .stack
        .as_ref()
        .map_or("", |stack| stack.modality.as_str());
    for preset in presets::for_modality(modality) {
        let key = preset.digit.map(|digit| digit.to_string());
        named(
            ui,
            preset.name,
            key,
            Action::WindowPreset(preset.name),
            actions,
        );
    }
    ui.separator();
    item(ui, Action::Invert, actions);
}

/// Colours for the greys.
pub fn colours_menu(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.set_min_width(180.0);
    for colours in Colormap::ALL {
        item(ui, Action::Look(LookAction::UseColours(colours)), actions);
    }
    ui.separator();
    item(ui, Action::Look(LookAction::NextColours), actions);
}

/// Grids of views: the usual ones with their keys, then all others.
pub fn layout_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(160.0);
    let usual = [(1, 1), (1, 2), (2, 2)];
    for (rows, columns) in usual {
        item(
            ui,
            Action::Layout(LayoutAction::Grid(rows, columns)),
            actions,
        );
    }
    ui.separator();
    eframe::egui::Grid::new("grids").show(ui, |ui| {
        for rows in 1..=SIDE_MAX {
            for columns in 1..=SIDE_MAX {
                let name = format!("{rows} by {columns}");
                if ui.small_button(name).clicked() {
                    actions.push(Action::Layout(LayoutAction::Grid(rows, columns)));
                    ui.close();
                }
            }
            ui.end_row();
        }
    });
    ui.separator();
    ui.menu_button(tr("Hanging"), |ui| hanging_menu(ui, state, actions));
    let linking = &state.linking;
    for (action, on) in [
        (LinkAction::ToggleScroll, linking.scroll),
        (LinkAction::ToggleZoom, linking.zoom),
        (LinkAction::ToggleWindow, linking.window),
        (LinkAction::Anchor, !linking.anchors.is_empty()),
    ] {
        switch(ui, Action::Link(action), on, actions);
    }
    ui.separator();
    item(ui, Action::Layout(LayoutAction::NextView), actions);
    item(ui, Action::Layout(LayoutAction::ResetAll), actions);
}

/// Hanging protocols by name, the one in force marked.
pub fn hanging_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(210.0);
    for protocol in &state.hanging.protocols {
        let on = state.hanging.applied.as_ref() == Some(&protocol.name);
        let button = Button::selectable(on, &protocol.name);
        if ui.add(button).clicked() {
            actions.push(Action::Hang(HangAction::Choose(protocol.name.clone())));
            ui.close();
        }
    }
    ui.separator();
    item(ui, Action::Hang(HangAction::ToggleNaming), actions);
    let saved = &state.hanging.saved;
    if !saved.is_empty() {
        ui.menu_button(tr("Remove a saved layout"), |ui| {
            for name in saved {
                let action = Action::Hang(HangAction::Forget(name.clone()));
                named(ui, name, None, action, actions);
            }
        });
    }
}

/// Series that can be laid over the one in view, and how they are seen.
pub fn fusion_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    let mut want = |action| actions.push(Action::Fuse(action));
    let over = state.fusion.over.as_ref();
    let partners = partners(state);
    if partners.is_empty() && over.is_none() {
        ui.label(tr("No other series lies in the same frame of reference"));
    }
    for (scan, series) in partners {
        let number = series.number.map(|number| format!(" series {number}"));
        let name = format!("{}{}", series.modality, number.unwrap_or_default());
        let on = over.is_some_and(|over| over.stack.key == series.key);
        if ui.add(Button::selectable(on, name)).clicked() {
            want(FuseAction::With(scan, series.key.clone()));
            ui.close();
        }
    }
    let Some(over) = over else { return };
    ui.separator();
    let mut hundredths = (over.opacity * 100.0).round() as u8;
    let slider = Slider::new(&mut hundredths, 0..=100).text("Opacity, %");
    if ui.add(slider).changed() {
        want(FuseAction::Opacity(hundredths));
    }
    ui.horizontal(|ui| {
        for (name, steps) in [(tr("Darker"), -1), (tr("Brighter"), 1)] {
            if ui.button(name).clicked() {
                want(FuseAction::Brighter(steps));
            }
        }
    });
    for colours in Colormap::ALL {
        let on = over.presentation.colormap == colours;
        let action = Action::Look(LookAction::UseColours(colours));
        let label = entry(&action).map_or("", |entry| tr(entry.label));
        if ui.add(Button::selectable(on, label)).clicked() {
            want(FuseAction::Colours(colours));
        }
    }
    ui.separator();
    if ui.button(tr("No fusion")).clicked() {
        want(FuseAction::Off);
        ui.close();
    }
}

/// Planes through the series, and how thick they are.
pub fn planes_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(210.0);
    ui.menu_button(tr("Fusion"), |ui| fusion_menu(ui, state, actions));
    let planes = &state.planes;
    let (open, shown) = (planes.is_open(), !planes.crosshair_hidden);
    switch(ui, Action::Planes(PlanesAction::Toggle), open, actions);
    switch(
        ui,
        Action::Planes(PlanesAction::ToggleCrosshair),
        shown,
        actions,
    );
    let solid = planes.cut.as_ref().and_then(|cut| cut.solid.as_ref());
    switch(
        ui,
        Action::Planes(PlanesAction::ToggleSolid),
        solid.is_some(),
        actions,
    );
    if let Some(solid) = solid {
        ui.menu_button(tr("Volume"), |ui| solid_menu(ui, solid, actions));
    }
    if !state.planes.is_open() {
        return;
    }
    for action in [
        PlanesAction::Straighten,
        PlanesAction::Turn(1),
        PlanesAction::Turn(-1),
    ] {
        item(ui, Action::Planes(action), actions);
    }
    ui.separator();
    let now_mm = state.planes.slab.thickness_mm;
    for thickness_mm in SLABS_MM {
        let name = match thickness_mm {
            mm if mm > 0.0 => format!("Slab {mm:.0} mm"),
            _ => tr("One plane").to_owned(),
        };
        let chosen = (now_mm - thickness_mm).abs() < 0.05;
        let tenths = (thickness_mm * 10.0) as u16;
        let button = Button::selectable(chosen, name);
        if ui.add(button).clicked() {
            actions.push(Action::Planes(PlanesAction::Thickness(tenths)));
            ui.close();
        }
    }
    item(ui, Action::Planes(PlanesAction::Thicken(1)), actions);
    item(ui, Action::Planes(PlanesAction::Thicken(-1)), actions);
    ui.separator();
    for projection in [
        SlabProjection::Maximum,
        SlabProjection::Minimum,
        SlabProjection::Mean,
    ] {
        item(
            ui,
            Action::Planes(PlanesAction::Projection(projection)),
            actions,
        );
    }
}

/// What is seen of a volume, and which part.
fn solid_menu(ui: &mut Ui, solid: &Solid, actions: &mut Vec<Action>) {
    ui.set_min_width(240.0);
    let mut want = |action| actions.push(Action::Planes(action));
    for preset in SolidPreset::ALL {
        let button = Button::selectable(solid.preset == preset, tr(preset.label()));
        if ui.add(button).clicked() {
            want(PlanesAction::SeeSolid(preset));
            ui.close();
        }
    }
    ui.separator();
    for (axis, name) in [tr("Columns"), tr("Rows"), tr("Slices")]
        .into_iter()
        .enumerate()
    {
        for (end, word) in [tr("from"), tr("up to")].into_iter().enumerate() {
            let mut percent = solid.crop_percent[axis][end];
            let words = format!("{name} {word}, %");
            if ui
                .add(Slider::new(&mut percent, 0..=100).text(words))
                .changed()
            {
                want(PlanesAction::CropSolid(axis, end, percent));
            }
        }
    }
    ui.separator();
    if ui.button(tr("From the front, whole")).clicked() {
        want(PlanesAction::ResetSolid);
        ui.close();
    }
}

/// What can be drawn.
pub fn measure_menu(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.set_min_width(200.0);
    for kind in Kind::ALL {
        item(ui, Action::UseTool(Tool::Measure(kind)), actions);
    }
    ui.separator();
    for action in [MeasureAction::Undo, MeasureAction::Redo] {
        item(ui, Action::Measure(action), actions);
    }
    item(ui, Action::ShowSide(Side::Measurements), actions);
}

/// What a right click without a drag offers.
pub fn image_menu(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    ui.menu_button(tr("Window"), |ui| window_menu(ui, state, actions));
    ui.menu_button(tr("Colours"), |ui| colours_menu(ui, actions));
    ui.menu_button(tr("Measure"), |ui| measure_menu(ui, actions));
    ui.separator();
    for action in [
        LookAction::ToggleCine,
        LookAction::ToggleKeyImage,
        LookAction::ToggleInterpolation,
    ] {
        item(ui, Action::Look(action), actions);
    }
    item(ui, Action::UseTool(Tool::Magnifier), actions);
    ui.separator();
    for action in [Action::Fit, Action::Reset] {
        item(ui, action, actions);
    }
    ui.menu_button(tr("Planes"), |ui| planes_menu(ui, state, actions));
    ui.menu_button(tr("Fusion"), |ui| fusion_menu(ui, state, actions));
    ui.separator();
    for action in [
        Action::FlipHorizontal,
        Action::FlipVertical,
        Action::RotateRight,
        Action::RotateLeft,
    ] {
        item(ui, action, actions);
    }
    ui.separator();
    for action in [
        Action::ToggleOverlays,
        Action::ToggleShutters,
        Action::ToggleObjects,
        Action::FindTags,
    ] {
        item(ui, action, actions);
    }
    ui.separator();
    for action in [Action::CycleAnnotations, Action::ToggleMaximised] {
        item(ui, action, actions);
    }
    ui.separator();
    for action in [
        Action::CompressSeries,
        Action::ToggleComparison,
        Action::ToggleSwipe,
    ] {
        item(ui, action, actions);
    }
}
