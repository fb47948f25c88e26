//! From a frame to a texture of exactly the pane's pixels, made again only when something changed.

use std::sync::Arc;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};
use kernel_imaging::{
    DisplayLut, Frame, FrameAttributes, FrameReference, Presentation, SampledView, ViewTransform,
    present_viewport,
};

use crate::layers::Over;
use crate::theme::colours;

/// A frame with what the file says about it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The stored values.
    pub frame: Arc<Frame>,
    /// Their tables and geometry.
    pub attributes: Arc<FrameAttributes>,
}

impl Subject {
    /// The subject of a decoded frame.
    pub fn of(reference: &FrameReference, frame: &Arc<Frame>) -> Self {
        let attributes = reference
            .instance
            .frames
            .get(reference.frame)
            .cloned()
            .unwrap_or_default();
        Self {
            frame: frame.clone(),
            attributes,
        }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.frame, &other.frame) && Arc::ptr_eq(&self.attributes, &other.attributes)
    }
}

/// One pane's texture and the table behind it.
#[derive(Default)]
pub struct Picture {
    drawn: Option<Drawn>,
    lut: Option<Lut>,
    /// While only the window changes, the view is looked up once.
    sampled: Option<SampledView>,
    texture: Option<TextureHandle>,
}

struct Drawn {
    subject: Subject,
    over: Over,
    presentation: Presentation,
    transform: ViewTransform,
    size: [usize; 2],
}

struct Lut {
    subject: Subject,
    presentation: Presentation,
    table: Result<DisplayLut, String>,
}

impl Picture {
    /// The texture of a subject at `size` screen pixels, or one sentence on why there is none.
    pub fn texture(
        &mut self,
        context: &Context,
        subject: &Subject,
        over: &Over,
        presentation: &Presentation,
        transform: &ViewTransform,
        size: [usize; 2],
    ) -> Result<TextureId, String> {
        if let (Some(drawn), Some(texture)) = (&self.drawn, &self.texture)
            && drawn.subject.is(subject)
            && drawn.over.is(over)
            && drawn.presentation == *presentation
            && drawn.transform == *transform
            && drawn.size == size
        {
            return Ok(texture.id());
        }
        let same_view = self.drawn.as_ref().is_some_and(|drawn| {
            drawn.subject.is(subject) && drawn.transform == *transform && drawn.size == size
        });
        let mut sampled = self.sampled.take().filter(|_| same_view);
        let table = self.table(subject, presentation)?;
        let attributes = &subject.attributes;
        let frame = &subject.frame;
        let mut again = sampled.as_ref().and_then(|view| view.draw(frame, table));
        if again.is_none() && same_view {
            sampled = SampledView::new(frame, attributes, table, transform, size);
            again = sampled.as_ref().and_then(|view| view.draw(frame, table));
        }
        let mut image =
            again.unwrap_or_else(|| present_viewport(frame, attributes, table, transform, size));
        self.sampled = sampled;
        let [red, green, blue, _] = colours::OVERLAY_PLANE.to_array();
        let ink = [red, green, blue];
        over.draw(&mut image, attributes, transform, attributes.aspect(), ink);
        // Alpha is always 255, so the bytes are premultiplied as they are.
        let image = ColorImage::from_rgba_premultiplied([image.width, image.height], &image.pixels);
        self.drawn = Some(Drawn {
            subject: subject.clone(),
            over: over.clone(),
            presentation: *presentation,
            transform: *transform,
            size,
        });
        let options = TextureOptions::NEAREST;
        match &mut self.texture {
            Some(texture) => texture.set(image, options),
            None => self.texture = Some(context.load_texture("viewport", image, options)),
        }
        self.texture
            .as_ref()
            .map(TextureHandle::id)
            .ok_or_else(|| "No texture".to_owned())
    }

    fn table(
        &mut self,
        subject: &Subject,
        presentation: &Presentation,
    ) -> Result<&DisplayLut, String> {
        let kept = self
            .lut
            .take()
            .filter(|lut| lut.subject.is(subject) && lut.presentation == *presentation);
        let lut = kept.unwrap_or_else(|| Lut {
            subject: subject.clone(),
            presentation: *presentation,
            table: DisplayLut::new(&subject.frame, &subject.attributes, presentation)
                .map_err(|error| error.to_string()),
        });
        self.lut.insert(lut).table.as_ref().map_err(Clone::clone)
    }

    /// The colour, as last drawn, of the pixel under an image point; none beside the image.
    pub fn colour_of(&self, subject: &Subject, point: [f64; 2]) -> Option<[u8; 3]> {
        let lut = self.lut.as_ref().filter(|lut| lut.subject.is(subject))?;
        let inside = point[0] >= 0.0 && point[1] >= 0.0;
        let (column, row) = (point[0] as usize, point[1] as usize);
        let table = lut.table.as_ref().ok().filter(|_| inside)?;
        table.colour_at(&subject.frame, row, column)
    }

    /// Forgets the texture; its memory goes with it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
