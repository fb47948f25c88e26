//! The labor array's timeline: a row for each member, what it had when, gathered by columns of the picture.

use actor_messages::{JobSnapshot, SpanEnd, TaskSpan};
use eframe::egui::{
    Color32, Mesh, Pos2, Rect, RichText, Sense, Shape, Ui, Vec2, WidgetInfo, WidgetType,
};

use crate::theme::colours;
use crate::theme::parts;

/// Members that get a row; of more, the others are counted.
const ROWS_MAX: usize = 32;
/// Height of a row, points, and what of it is drawn on.
const ROW: f32 = 12.0;
const BAR: f32 = 9.0;
/// Columns are no narrower than this, points.
const COLUMN: f32 = 1.0;
/// Columns at most, however wide the panel is.
const COLUMNS_MAX: usize = 2048;

/// What a column of a row shows, the more remarkable last: where several are in one column, the last one is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing.
    #[default]
    Idle,
    /// A task that is under way.
    Open,
    /// A task whose answer stands.
    Done,
    /// The same, taken over from a member that was lost.
    TakenOver,
    /// A task that was computed twice.
    Twice,
    /// A task that was lost.
    Lost,
}

impl Mark {
    fn of(span: &TaskSpan) -> Self {
        match (span.end, span.reassigned) {
            (SpanEnd::Open, _) => Self::Open,
            (SpanEnd::Committed, false) => Self::Done,
            (SpanEnd::Committed, true) => Self::TakenOver,
            (SpanEnd::Twice, _) => Self::Twice,
            (SpanEnd::Lost, _) => Self::Lost,
        }
    }
}

/// Equal columns side by side: from a column up to another, which is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which row.
    pub row: usize,
    /// The first column.
    pub from: usize,
    /// The first column after it.
    pub to: usize,
    /// What it shows.
    pub mark: Mark,
}

/// The spans as stretches of `columns` columns over `elapsed_ms`: at most `rows * columns` of them, however many tasks there are.
pub fn stretches(spans: &[TaskSpan], rows: usize, columns: usize, elapsed_ms: u32) -> Vec<Stretch> {
    let columns = columns.max(1);
    let mut marks = vec![Mark::default(); rows * columns];
    let whole = u64::from(elapsed_ms) + 1;
    // At most columns - 1, since no time is beyond the whole.
    let column = |ms: u32| {
        let at = u64::from(ms.min(elapsed_ms)) * columns as u64 / whole;
        usize::try_from(at).unwrap_or(0)
    };
    for span in spans {
        let row = usize::from(span.member);
        if row >= rows {
            continue;
        }
        let mark = Mark::of(span);
        let ended = if mark == Mark::Open {
            elapsed_ms
        } else {
            span.ended_ms
        };
        let (from, to) = (column(span.begun_ms), column(ended.max(span.begun_ms)));
        for seen in &mut marks[row * columns + from..=row * columns + to] {
            *seen = mark.max(*seen);
        }
    }
    let mut stretches = Vec::new();
    for (row, marks) in marks.chunks(columns).enumerate() {
        let mut from = 0;
        for equal in marks.chunk_by(|a, b| a == b) {
            let to = from + equal.len();
            if equal[0] != Mark::Idle {
                stretches.push(Stretch {
                    row,
                    from,
                    to,
                    mark: equal[0],
                });
            }
            from = to;
        }
    }
    stretches
}

/// Draws the rows in one mesh, and what the marks mean.
pub fn show(ui: &mut Ui, snapshot: &JobSnapshot) {
    let timeline = &snapshot.timeline;
    if timeline.spans.is_empty() {
        return;
    }
    ui.label(
        RichText::new(format!(
            "Timeline, {:.1} s",
            f64::from(timeline.elapsed_ms) / 1_000.0
        ))
        .heading()
        .color(colours::now().text_strong),
    );
    let rows = snapshot.members.len().min(ROWS_MAX);
    let width = ui.available_width();
    let columns = ((width / COLUMN) as usize).clamp(1, COLUMNS_MAX);
    let size = Vec2::new(width, rows as f32 * ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let label = format!("Timeline of {} members", snapshot.members.len());
        WidgetInfo::labeled(WidgetType::Other, true, label)
    });
    let mut mesh = Mesh::default();
    for row in 0..rows {
        mesh.add_colored_rect(bar(rect, row, 0.0, width), colours::now().field);
    }
    let step = width / columns as f32;
    for stretch in stretches(&timeline.spans, rows, columns, timeline.elapsed_ms) {
        let (from, to) = (stretch.from as f32 * step, stretch.to as f32 * step);
        let area = bar(rect, stretch.row, from, to);
        draw(&mut mesh, area, stretch.mark, colours::member(stretch.row));
    }
    ui.painter().add(Shape::mesh(mesh));
    if let Some(at) = response.hover_pos() {
        let words = describe(snapshot, at, rect);
        response.on_hover_text_at_pointer(words);
    }
    if snapshot.members.len() > rows {
        parts::quiet(
            ui,
            format!("and {} more members", snapshot.members.len() - rows),
        );
    }
    key(ui);
}

fn bar(rect: Rect, row: usize, from: f32, to: f32) -> Rect {
    let corner = rect.min + Vec2::new(from, row as f32 * ROW);
    Rect::from_min_size(corner, Vec2::new(to - from, BAR))
}

/// At most two rectangles.
fn draw(mesh: &mut Mesh, area: Rect, mark: Mark, colour: Color32) {
    let half = Rect::from_min_max(area.min, Pos2::new(area.max.x, area.center().y));
    match mark {
        Mark::Idle => {}
        Mark::Open => mesh.add_colored_rect(area, colour.gamma_multiply(0.4)),
        Mark::Done => mesh.add_colored_rect(area, colour),
        Mark::TakenOver => {
            mesh.add_colored_rect(area, colour);
            mesh.add_colored_rect(half, colours::now().text_strong);
        }
        Mark::Twice => {
            mesh.add_colored_rect(area, colour);
            mesh.add_colored_rect(half, colours::now().amber);
        }
        Mark::Lost => mesh.add_colored_rect(area, colours::now().red),
    }
}

/// What the member under the pointer had at that time.
fn describe(snapshot: &JobSnapshot, at: Pos2, rect: Rect) -> String {
    let timeline = &snapshot.timeline;
    let row = ((at.y - rect.top()) / ROW).max(0.0) as usize;
    let part = ((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
    let ms = (part * timeline.elapsed_ms as f32) as u32;
    let Some(member) = snapshot.members.get(row) else {
        return String::new();
    };
    let (mut count, mut first) = (0, None);
    for span in timeline.spans.iter() {
        let ended = if span.end == SpanEnd::Open {
            timeline.elapsed_ms
        } else {
            span.ended_ms
        };
        if usize::from(span.member) == row && (span.begun_ms..=ended).contains(&ms) {
            count += 1;
            first.get_or_insert(span);
        }
    }
    let seconds = f64::from(ms) / 1_000.0;
    match (count, first) {
        (1, Some(span)) => {
            let end = match Mark::of(span) {
                Mark::Idle | Mark::Open => "is with it",
                Mark::Done => "was done",
                Mark::TakenOver => "was done, taken over from a lost member",
                Mark::Twice => "was computed twice",
                Mark::Lost => "was lost",
            };
            format!(
                "{} at {seconds:.1} s: slice {} {end}",
                member.name,
                span.slice + 1
            )
        }
        _ => format!("{} at {seconds:.1} s: {count} tasks", member.name),
    }
}

fn key(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (words, mark) in [
            ("done", Mark::Done),
            ("taken over", Mark::TakenOver),
            ("twice", Mark::Twice),
            ("lost task", Mark::Lost),
        ] {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(BAR), Sense::hover());
            let mut mesh = Mesh::default();
            draw(&mut mesh, rect, mark, colours::member(0));
            ui.painter().add(Shape::mesh(mesh));
            ui.label(
                RichText::new(words)
                    .small()
                    .color(colours::now().text_quiet),
            );
            ui.add_space(4.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(member: u16, begun_ms: u32, ended_ms: u32, end: SpanEnd) -> TaskSpan {
        TaskSpan {
            slice: 0,
            member,
            begun_ms,
            ended_ms,
            end,
            reassigned: false,
        }
    }

    #[test]
    fn ten_thousand_tasks_make_no_more_stretches_than_there_are_columns() {
        let ends = [
            SpanEnd::Committed,
            SpanEnd::Twice,
            SpanEnd::Lost,
            SpanEnd::Open,
        ];
        let spans: Vec<_> = (0..10_000)
            .map(|at: u32| span((at % 40) as u16, at, at + 3, ends[at as usize % 4]))
            .collect();
        let stretches = stretches(&spans, ROWS_MAX, 300, 10_003);
        assert!(stretches.len() <= ROWS_MAX * 300, "{}", stretches.len());
        assert!(
            stretches
                .iter()
                .all(|stretch| stretch.row < ROWS_MAX && stretch.to <= 300)
        );
    }

    #[test]
    fn a_lost_task_is_seen_however_short_it_was() {
        let spans = [
            span(0, 0, 1_000, SpanEnd::Committed),
            span(0, 500, 500, SpanEnd::Lost),
            span(1, 900, 0, SpanEnd::Open),
        ];
        let stretches = stretches(&spans, 2, 10, 1_000);
        let marks: Vec<_> = stretches
            .iter()
            .map(|it| (it.row, it.from, it.to, it.mark))
            .collect();
        assert_eq!(
            marks,
            [
                (0, 0, 4, Mark::Done),
                (0, 4, 5, Mark::Lost),
                (0, 5, 10, Mark::Done),
                (1, 8, 10, Mark::Open)
            ]
        );
    }
}
