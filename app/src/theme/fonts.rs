//! Letters beyond the fonts inside the program: Chinese, Japanese and Korean come from a font of the system.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily};

/// Larger files are no font that is wanted.
const FONT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where Debian and others keep fonts with these letters, those with the finest drawing first.
const FONTS: [&str; 8] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallback.ttf",
    "/usr/share/ghostscript/fonts/DroidSansFallback.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
];

/// Puts the first of these fonts that is there behind the program's own, which have Latin, Greek and Cyrillic.
///
/// Read on a thread of its own: the window is drawn meanwhile. Without any, such letters are boxes.
pub fn load(context: &Context) {
    let context = context.clone();
    let reading = move || {
        let small = |path: &PathBuf| {
            path.metadata()
                .is_ok_and(|about| about.len() <= FONT_BYTES_MAX)
        };
        let mut fonts = FONTS.iter().map(PathBuf::from).filter(small);
        if let Some(bytes) = fonts.find_map(|path| std::fs::read(path).ok()) {
            context.set_fonts(behind(bytes));
            context.request_repaint();
        }
    };
    let thread = std::thread::Builder::new().name("clisonix-fonts".to_owned());
    // Without a thread the window has the letters of its own fonts.
    let _ = thread.spawn(reading);
}

/// The program's own fonts, and behind them this one.
fn behind(bytes: Vec<u8>) -> FontDefinitions {
    const NAME: &str = "system";
    let mut fonts = FontDefinitions::default();
    let data = Arc::new(FontData::from_owned(bytes));
    fonts.font_data.insert(NAME.to_owned(), data);
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts
            .families
            .entry(family)
            .or_default()
            .push(NAME.to_owned());
    }
    fonts
}
