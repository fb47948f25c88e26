//! `clisonix render`: the display pipeline on the CPU, as a PNG that is the same everywhere.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use actor_messages::{Attachment, ObjectContent};
use kernel_imaging::{
    Colormap, DisplayLut, FrameReference, Presentation, PresentationState, ViewTransform,
    VoiChoice, VoiFunction, WindowLevel, present_viewport,
};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;
use super::{images, save};
use crate::attached::Attached;
use crate::caption;
use crate::layers::{Over, Shown};

/// Overlay planes are drawn white: the standard leaves their colour to the viewer.
const OVERLAY_INK: [u8; 3] = [255, 255, 255];

/// Pictures larger than this on a side are refused.
const SIDE_MAX: usize = 16_384;

/// Writes one frame as it is displayed, as a PNG or JPEG, with a line below it: research use, lossy compression.
#[derive(clap::Args)]
pub struct Render {
    /// A DICOM file, or a folder, DICOMDIR or zip archive with one series.
    path: PathBuf,
    /// Which frame: of a file by its number there, of a folder by its place in the series; from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    frame: usize,
    /// Which series, by key, UID or number, where there are several.
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Centre and width in modality units; the file's own window where none is named.
    #[arg(long, value_name = "C,W", allow_hyphen_values = true)]
    window: Option<Window>,
    /// Exchanges black and white.
    #[arg(long)]
    invert: bool,
    /// One of grey, hot, bone, cool-warm.
    #[arg(long, value_name = "NAME", default_value = "grey")]
    colormap: Colormap,
    /// Draws what the file lays over its image: overlay planes and shutters.
    #[arg(long)]
    overlays: bool,
    /// Lays a segmentation over the image, or looks through a presentation state.
    #[arg(long, value_name = "FILE")]
    object: Option<PathBuf>,
    /// Fits the image into a picture of this many pixels; one pixel each where none is named.
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// The .png or .jpg file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy)]
struct Window(WindowLevel);

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no window; write centre and width, such as 40,400");
        let (center, width) = text.split_once(',').ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
        WindowLevel::with_function(number(center)?, number(width)?, VoiFunction::Linear)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

#[derive(Clone, Copy)]
struct Size([usize; 2]);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| {
            text.parse::<usize>()
                .ok()
                .filter(|side| (1..=SIDE_MAX).contains(side))
        };
        let sides = text
            .split_once('x')
            .and_then(|(w, h)| Some([side(w)?, side(h)?]));
        sides.map(Self).ok_or_else(|| {
            format!("`{text}` is no size; write width and height up to {SIDE_MAX}, such as 512x512")
        })
    }
}

#[derive(Serialize)]
struct Rendered {
    path: PathBuf,
    frame: usize,
    /// Of the picture itself.
    width: usize,
    height: usize,
    /// Rows with the marks below it.
    caption_rows: usize,
    marks: Vec<String>,
    window: Option<[f64; 2]>,
    inverted: bool,
    colormap: &'static str,
    lossy: bool,
    out: PathBuf,
}

impl Render {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let series = self.series.as_deref();
        let reference = images::frame_of_path(session, &self.path, series, self.frame)?;
        let frame = actor_engine::decode(&reference).map_err(Failure::failed)?;
        let Seen {
            reference,
            objects,
            state,
        } = self.seen_through(session, reference)?;
        let attributes = reference.attributes();
        let mut presentation = Presentation::initial(attributes, &reference.instance.modality);
        if let Some(Window(level)) = self.window {
            presentation.voi = VoiChoice::Manual(level, VoiFunction::Linear);
        }
        presentation.invert = self.invert;
        presentation.colormap = self.colormap;

        let matrix = [frame.columns, frame.rows];
        let fitted = |view: ViewTransform, aspect, size| {
            let drawn = DisplayLut::new(&frame, attributes, &presentation)
                .map(|lut| present_viewport(&frame, attributes, &lut, &view, size));
            (view, aspect, drawn)
        };
        let (view, aspect, image) = match (self.size, &state) {
            (None, None) => (
                ViewTransform::identity(matrix),
                1.0,
                kernel_imaging::present(&frame, attributes, &presentation),
            ),
            (None, Some(state)) => {
                let size = shown_size(state, &reference)?;
                fitted(state.view(&reference, size), state.aspect(&reference), size)
            }
            (Some(Size(size)), Some(state)) => {
                fitted(state.view(&reference, size), state.aspect(&reference), size)
            }
            (Some(Size(size)), None) => {
                let aspect = attributes.aspect();
                fitted(ViewTransform::fit(matrix, aspect, size), aspect, size)
            }
        };
        let mut image = image.map_err(Failure::failed)?;
        let layers = actor_engine::layers(&reference, self.slice_mm(session), &objects);
        for problem in &layers.problems {
            session.note(problem);
        }
        let has_graphics = |state: &PresentationState| !state.graphics_on(&reference).is_empty();
        if !layers.polygons.is_empty() || state.as_ref().is_some_and(has_graphics) {
            session.note("Contours, graphics and their texts are drawn in the window only");
        }
        let over = Over {
            shown: Shown {
                overlays: self.overlays,
                shutters: self.overlays,
                objects: true,
            },
            layers: Some(Arc::new(layers)),
        };
        over.draw(&mut image, attributes, &view, aspect, OVERLAY_INK);
        let size = [image.width, image.height];
        let marks = caption::marks(&reference);
        for flag in reference.instance.sharing_flags() {
            session.note(format_args!("Before sharing: {flag}"));
        }
        let image = caption::under(image, &marks);
        let bytes = actor_engine::picture(&self.out, &image, &marks).map_err(Failure::usage)?;
        save::whole(&self.out, |writer| writer.write_all(&bytes))?;

        let answer = Rendered {
            path: reference.instance.path.clone(),
            frame: reference.frame,
            width: size[0],
            height: size[1],
            caption_rows: image.height - size[1],
            marks,
            window: self
                .window
                .map(|Window(level)| [level.center(), level.width()]),
            inverted: self.invert,
            colormap: self.colormap.name(),
            lossy: reference.instance.lossy.is_some(),
            out: self.out,
        };
        session.answer(&answer, || {
            format!(
                "{}: {} x {} pixels",
                answer.out.display(),
                answer.width,
                answer.height
            )
        })
    }
}

/// An image as an object wants it seen.
struct Seen {
    reference: FrameReference,
    /// What is laid over it.
    objects: Vec<Arc<Attachment>>,
    /// How it is turned, flipped and cut out.
    state: Option<PresentationState>,
}

/// The size of a picture with a pixel for each pixel of the part that a state shows, as it lies then; its aspect makes it higher.
fn shown_size(
    state: &PresentationState,
    reference: &FrameReference,
) -> Result<[usize; 2], Failure> {
    let matrix = [reference.instance.columns, reference.instance.rows];
    let view = state.view(reference, matrix);
    let area = state.area(reference);
    let [columns, rows] = std::array::from_fn(|axis| match area {
        Some(area) => (area.bottom_right[axis].saturating_sub(area.top_left[axis]))
            .saturating_add(1)
            .unsigned_abs() as usize,
        None => matrix[axis],
    });
    let rows = (rows as f64 * state.aspect(reference)).round() as usize;
    let size = if view.is_turned() {
        [rows, columns]
    } else {
        [columns, rows]
    };
    match size {
        [1..=SIDE_MAX, 1..=SIDE_MAX] => Ok(size),
        [width, height] => Err(Failure::failed(format!(
            "The presentation state shows a part of {width} x {height} pixels; --size may name a smaller picture"
        ))),
    }
}

impl Render {
    /// The image as the object wants it seen, and what is laid over it.
    fn seen_through(&self, session: &Session, reference: FrameReference) -> Result<Seen, Failure> {
        let Some(path) = &self.object else {
            return Ok(Seen {
                reference,
                objects: Vec::new(),
                state: None,
            });
        };
        let found = images::look(session, std::slice::from_ref(path))?;
        let mut objects = found.studies.iter().flat_map(|study| &study.objects);
        let object = objects.next().ok_or_else(|| {
            Failure::failed(format!(
                "`{}` is no segmentation or presentation state",
                path.display()
            ))
        })?;
        let read = actor_engine::read_object(&object.path, object.kind).map_err(Failure::failed)?;
        let read = Arc::new(read);
        let mut attached = Attached::default();
        if matches!(read.content, ObjectContent::PresentationState(_)) {
            attached.applied = Some(read.path.clone());
        }
        attached.read.insert(read.path.clone(), Ok(read.clone()));
        let state = attached
            .presentation()
            .filter(|state| state.is_for(&reference));
        Ok(Seen {
            state: state.cloned(),
            reference: attached.presented(reference),
            objects: vec![read],
        })
    }

    /// The distance between slices of a folder's series, for objects that name a plane and no image.
    fn slice_mm(&self, session: &Session) -> Option<f64> {
        self.object.as_ref()?;
        let series = self.series.as_deref();
        let series = images::one_series(session, std::slice::from_ref(&self.path), series).ok()?;
        series.voxel_mm.map(|[slice_mm, ..]| slice_mm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_needs_two_numbers_and_a_width() {
        let Window(level) = "-600, 1500".parse().expect("a window");
        assert_eq!((level.center(), level.width()), (-600.0, 1500.0));
        for wrong in ["40", "40,", "a,b", "40,0", "40,-1", "nan,2", ""] {
            assert!(wrong.parse::<Window>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_size_is_bounded() {
        assert_eq!("512x256".parse::<Size>().expect("a size").0, [512, 256]);
        for wrong in ["512", "0x5", "5x0", "16385x1", "axb", "-1x2"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
