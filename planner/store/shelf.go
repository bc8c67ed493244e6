package store

import (
	"encoding/json"
	"fmt"
)

// shelf is a table without its row type, for undo, which handles rows of any kind.
type shelf interface {
	name() string
	// images returns the stored rows of the IDs as the audit shows them.
	images(tx *Tx, ids []string) (map[string][]byte, error)
	// normal is an image as this version of the program would write it; nil stays nil.
	normal(image []byte) ([]byte, error)
	// restore puts back rows from their images.
	restore(tx *Tx, images [][]byte) error
	// mayMove reports whether rows of the kind can stand in each other's way.
	mayMove() bool
	// moving are those of the images that do not fit in the place where their row stands now, by ID.
	moving(tx *Tx, images [][]byte) (map[string][]byte, error)
	// removeIDs deletes the rows of the IDs.
	removeIDs(tx *Tx, ids []string) error
}

func (t *table[R]) name() string { return t.kind }

func (t *table[R]) images(tx *Tx, ids []string) (map[string][]byte, error) {
	rows, err := t.load(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(rows))
	for id, r := range rows {
		if out[id], err = json.Marshal(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *table[R]) normal(image []byte) ([]byte, error) {
	if image == nil {
		return nil, nil
	}
	var r R
	if err := json.Unmarshal(image, &r); err != nil {
		return nil, fmt.Errorf("image of a %s: %w", t.kind, err)
	}
	return json.Marshal(r)
}

func (t *table[R]) restore(tx *Tx, images [][]byte) error {
	rows := make([]R, len(images))
	for i, b := range images {
		if err := json.Unmarshal(b, &rows[i]); err != nil {
			return fmt.Errorf("restore a %s: %w", t.kind, err)
		}
	}
	_, err := t.store(tx, rows)
	return err
}

func (t *table[R]) mayMove() bool { return t.moves != nil }

func (t *table[R]) moving(tx *Tx, images [][]byte) (map[string][]byte, error) {
	wanted := make([]R, len(images))
	for i, b := range images {
		if err := json.Unmarshal(b, &wanted[i]); err != nil {
			return nil, fmt.Errorf("restore a %s: %w", t.kind, err)
		}
	}
	stored, err := t.load(tx, idsOf(wanted))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for i, r := range wanted {
		if now, ok := stored[r.rowID()]; ok && t.moves(now, r) {
			out[r.rowID()] = images[i]
		}
	}
	return out, nil
}

func (t *table[R]) removeIDs(tx *Tx, ids []string) error {
	found, err := t.load(tx, ids)
	if err != nil {
		return err
	}
	rows := make([]R, 0, len(found))
	for _, id := range ids {
		if r, ok := found[id]; ok {
			rows = append(rows, r)
		}
	}
	return t.remove(tx, rows)
}
