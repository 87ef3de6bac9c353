package batch

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

const saveAsCSV = "save it as CSV UTF-8"

// signatures are the first bytes of files that are not CSV, whatever their names say. The first that matches counts.
var signatures = []struct{ magic, rule string }{
	{"\xff\xfe\x00\x00", "the file is UTF-32: " + saveAsCSV},
	{"\x00\x00\xfe\xff", "the file is UTF-32: " + saveAsCSV},
	{"\xff\xfe", "the file is UTF-16: " + saveAsCSV},
	{"\xfe\xff", "the file is UTF-16: " + saveAsCSV},
	{
		"PK\x03\x04",
		"the file is a ZIP archive or a spreadsheet (.xlsx, .ods, .numbers): open it in a spreadsheet program and " +
			saveAsCSV,
	},
	{
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		"the file is an Excel workbook (.xls, or one with a password): open it in Excel and " + saveAsCSV,
	},
	{"\x09\x08", "the file is an old Excel workbook (.xls): open it in Excel and " + saveAsCSV},
	{"\x09\x04", "the file is an old Excel workbook (.xls): open it in Excel and " + saveAsCSV},
	{"\x1f\x8b", "the file is compressed (gzip): decompress it first"},
	{"BZh", "the file is compressed (bzip2): decompress it first"},
	{"\xfd7zXZ\x00", "the file is compressed (xz): decompress it first"},
	{"\x28\xb5\x2f\xfd", "the file is compressed (zstd): decompress it first"},
	{"7z\xbc\xaf\x27\x1c", "the file is a 7z archive: take the CSV out of it first"},
	{"Rar!\x1a\x07", "the file is a RAR archive: take the CSV out of it first"},
	{"%PDF-", "the file is a PDF: ask for the CSV it was made of"},
	{"{\\rtf", "the file is an RTF document: " + saveAsCSV},
	{"SQLite format 3\x00", "the file is an SQLite database: export a CSV from it"},
	{"PAR1", "the file is a Parquet file: export a CSV from it"},
	{"\x89PNG", "the file is a picture (PNG)"},
	{"\xff\xd8\xff", "the file is a picture (JPEG)"},
	{"-----BEGIN ", "the file is encrypted or a key (PEM): decrypt it first"},
	{"MIME-Version:", "the file is a web page or a mail (MIME): " + saveAsCSV},
	{"ID;PWXL", "the file is a SYLK spreadsheet: " + saveAsCSV},
}

// markup are the beginnings of other text formats, after blanks.
var markup = []struct{ begin, rule string }{
	{"<?xml", "the file is XML: open it in a spreadsheet program and " + saveAsCSV},
	{"<", "the file is a web page (HTML): open it in a spreadsheet program and " + saveAsCSV},
	{"{", "the file is JSON: write a CSV"},
	{"[", "the file is JSON: write a CSV"},
}

// openDocuments are the ZIP archives of spreadsheet programs, by a name inside the archive.
var openDocuments = []struct{ holds, rule string }{
	{"xl/", "the file is an Excel workbook (.xlsx): open it in Excel and " + saveAsCSV},
	{
		"opendocument.spreadsheet",
		"the file is an OpenDocument spreadsheet (.ods): open it in LibreOffice and " + saveAsCSV,
	},
	{"Index/", "the file is a Numbers spreadsheet: open it in Numbers and export it as CSV UTF-8"},
}

// notCSV names the format of a file that is not CSV in UTF-8, or returns nothing.
func notCSV(content []byte) string {
	for _, s := range signatures {
		if !bytes.HasPrefix(content, []byte(s.magic)) {
			continue
		}
		for _, d := range openDocuments {
			if strings.HasPrefix(s.magic, "PK") && bytes.Contains(content, []byte(d.holds)) {
				return d.rule
			}
		}
		return s.rule
	}
	if rule := wideCharacters(content[:min(len(content), 4096)]); rule != "" {
		return rule
	}
	begin := bytes.TrimLeft(content[:min(len(content), 4096)], " \t\r\n")
	for _, m := range markup {
		if bytes.HasPrefix(begin, []byte(m.begin)) {
			return m.rule
		}
	}
	return ""
}

// wideCharacters recognizes UTF-16 and UTF-32 without a byte order mark by the zero bytes of ASCII characters.
func wideCharacters(begin []byte) string {
	var zeros [4]int
	for i, b := range begin {
		if b == 0 {
			zeros[i%4]++
		}
	}
	half := func(i int) bool { return zeros[i] > len(begin)/8 } // of a fourth
	odd, even := half(1) && half(3), half(0) && half(2)
	switch {
	case half(1) && half(2) && (half(0) || half(3)):
		return "the file is UTF-32 without a byte order mark: " + saveAsCSV
	case odd && !even:
		return "the file is UTF-16 (little-endian) without a byte order mark: " + saveAsCSV
	case even && !odd:
		return "the file is UTF-16 (big-endian) without a byte order mark: " + saveAsCSV
	}
	return ""
}

// excelSeparator is a first line that tells Excel the separator. Excel hides it, and other programs take it for the
// header.
var excelSeparator = regexp.MustCompile(`^"?(?i:sep)=.{0,2}"?[\t;,|]*\r?$`)

// encoding finds the first place that is not CSV in UTF-8 with usual line ends.
func (f *payoutFile) encoding() *fileFault {
	if rule := notCSV(f.content); rule != "" {
		return &fileFault{Line: 1, Column: 1, Kind: kindFile, Rule: rule}
	}
	for offset := 0; offset < len(f.content); {
		r, size := utf8.DecodeRune(f.content[offset:])
		switch {
		case r == utf8.RuneError && size == 1:
			return f.faultAt(offset, "is not UTF-8: save the file as CSV UTF-8")
		case r == 0:
			return f.faultAt(offset, "is a zero byte, so the file is damaged or not text: save it again as CSV UTF-8")
		}
		offset += size
	}
	first, _, several := bytes.Cut(f.content, []byte("\n"))
	switch {
	case !several && bytes.ContainsRune(bytes.TrimRight(first, "\r"), '\r'),
		several && bytes.ContainsRune(bytes.TrimSuffix(first, []byte("\r")), '\r'):
		return f.faultAt(0, "the lines end with CR alone, as on an old Mac: "+
			"save the file as CSV UTF-8, with LF or CRLF at the line ends")
	case len(first) < 16 && excelSeparator.Match(first):
		return f.faultAt(0,
			"the first line, sep=, is for Excel alone: remove it in a text editor, so that the header is first")
	}
	return nil
}

// faultAt returns a fault at an offset of the file.
func (f *payoutFile) faultAt(offset int, rule string) *fileFault {
	before := f.content[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	number, column := bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1
	return &fileFault{Line: number, Column: column, Kind: kindFile, Rule: rule}
}

// separators are the separators of CSV files in practice. The last is not supported, and is named in a fault.
const separators = ",;\t|"

// separator returns the most frequent separator of the header.
func separator(content []byte) rune {
	header, rest, more := bytes.Cut(content, []byte("\n"))
	for more && len(bytes.Trim(header, separators+" \"\r\u00a0")) == 0 { // a row of separators without values
		header, rest, more = bytes.Cut(rest, []byte("\n"))
	}
	best := ','
	for _, comma := range separators {
		if bytes.Count(header, []byte(string(comma))) > bytes.Count(header, []byte(string(best))) {
			best = comma
		}
	}
	return best
}

// separatorName is the name of a separator for people.
func separatorName(comma rune) string {
	return map[rune]string{',': "a comma", ';': "a semicolon", '\t': "a tab", '|': "a vertical bar (|)"}[comma]
}

// blankRecord reports whether a row has only separators and blanks. Spreadsheets write such rows below the last line.
func blankRecord(record []string) bool {
	for _, field := range record {
		if strings.Trim(field, " \t\r\n\u00a0,;|") != "" {
			return false
		}
	}
	return true
}
