// Package sheet reads the files that an office sends and writes those it gets back: the import sheets (区划, 单位, 干部,
// 请假, 回避, 户名册, 上年结对, 跟进事项) from xlsx and CSV, their templates, the plan with the annex of a 发文, and the sheets on
// which units send corrections back (征求意见).
//
// Reading never stops at the first fault. [Read] returns all that could be read and one [planner.Finding] for each thing
// that could not, with file, sheet, row and column as the spreadsheet shows them; the caller takes nothing in if one of
// them is a Stop. Rows keep their [planner.Place], so that a later check (a unit that nobody knows) names the same cell.
// References between rows are codes, never names: of 信阳's 3,474 villages 1,027 share a name with another.
//
// A column that is not in [Kind.Columns] is refused by its name. Columns that would hold what this program must not
// know (ID numbers, bank cards, health, religion, places, scores, lists of people) are refused with the reason, see
// [Refused].
//
// Writing streams: a million rows need no more memory than a hundred, and the same rows give the same bytes.
//
// Decisions
//
//   - xlsx is read by excelize's row iterator with raw values only (13 MB for 100,000 rows; one whole-sheet call costs
//     1 GB), and a date is the serial number it is stored as, never its display text, which depends on the office's locale.
//   - A CSV is UTF-8 if all of it is valid UTF-8, else GB18030. GBK is never used: it has no 𠮷, and UTF-8 read as GBK
//     gives garbage without an error. This needs the file twice, hence [Source.Open] and not an io.Reader.
//   - The kind of a sheet is its name, or else its headers; the header row is looked for in the first ten rows, since
//     offices like a title above it. Rejected: a fixed row 1, which refused every second real roster.
//   - A full name of a household's head is cut to 张某某 on reading and so never reaches the database. Rejected: a
//     finding for each row, because the office would have to retype 15,000 names by hand.
package sheet
