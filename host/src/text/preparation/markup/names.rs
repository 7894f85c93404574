//! Names of elements and namespaces in markup.

/// Elements whose content is dropped, because it is not text for a reader: code, notes, formulas,
/// and data about a page in a dump of MediaWiki.
pub(super) const DROPPED: [&str; 28] = [
    "chem",
    "comment",
    "contributor",
    "format",
    "gallery",
    "hiero",
    "id",
    "imagemap",
    "ip",
    "math",
    "model",
    "ns",
    "origin",
    "parentid",
    "ref",
    "score",
    "script",
    "sha1",
    "siteinfo",
    "source",
    "style",
    "svg",
    "syntaxhighlight",
    "templatedata",
    "template",
    "timeline",
    "timestamp",
    "username",
];

/// Elements whose tags end all open marks.
pub(super) const ENDING: [&str; 5] = ["body", "doc", "html", "page", "text"];

/// Elements within words. Their tags are removed without a blank.
pub(super) const INLINE: [&str; 26] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "nowiki",
    "q", "s", "small", "span", "strike", "strong", "sub", "sup", "u", "wbr",
];

/// Elements whose tags end a line.
pub(super) const BREAKING: [&str; 40] = [
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "dd",
    "div",
    "doc",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "page",
    "pre",
    "section",
    "table",
    "td",
    "text",
    "th",
    "title",
    "tr",
    "ul",
];

/// Namespaces of MediaWiki for pictures and categories, whose links are not text. In small letters,
/// in the languages of the largest Wikipedias.
pub(super) const NAMESPACES: [&str; 38] = [
    "file",
    "image",
    "media",
    "category", // English, understood everywhere
    "datei",
    "bild",
    "kategorie", // German
    "fichier",
    "catégorie", // French
    "archivo",
    "imagen",
    "categoría", // Spanish
    "ficheiro",
    "imagem",
    "arquivo",
    "categoria", // Portuguese, Italian
    "immagine",  // Italian
    "bestand",
    "afbeelding",
    "categorie", // Dutch
    "plik",
    "grafika",
    "kategoria", // Polish
    "fil",
    "kategori",
    "berkas",
    "dosya", // Swedish, Indonesian, Turkish
    "файл",
    "изображение",
    "категория",
    "категорія", // Russian, Ukrainian
    "ファイル",
    "画像",
    "文件",
    "图像",
    "分类", // Japanese, Chinese
    "ملف",
    "تصنيف", // Arabic
];
