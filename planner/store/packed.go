package store

import (
	"errors"
	"strings"
)

// A column costs a driver more than its text: a year's visits of a county are three million values. Where there may be so many rows, the
// texts of a row come as one, with a character between them that stands in no text of ours; if it does after all, the statement
// with a column for each is asked instead.

// packMark is the unit separator of ASCII.
const packMark = "\x1f"

// errPacked says that a text holds the mark.
var errPacked = errors.New("store: a packed row has more parts than columns")

// packed is an expression for the texts of columns, none of which is NULL, in one.
func packed(columns ...string) string { return strings.Join(columns, " || '"+packMark+"' || ") }

// unpack cuts a packed row into as many parts as given.
func unpack(row string, parts []string) error {
	last := len(parts) - 1
	for i := range last {
		at := strings.IndexByte(row, packMark[0])
		if at < 0 {
			return errPacked
		}
		parts[i], row = row[:at], row[at+1:]
	}
	parts[last] = row
	if strings.IndexByte(row, packMark[0]) >= 0 {
		return errPacked
	}
	return nil
}

// orPlain is what a packed reading found, or a plain one if the packed one met the mark within a text.
func orPlain[T any](packed func() ([]T, error), plain func() ([]T, error)) ([]T, error) {
	out, err := packed()
	if errors.Is(err, errPacked) {
		return plain()
	}
	return out, err
}
