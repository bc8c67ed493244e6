package pipeline

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/store"
)

// UndoImport takes a whole import back: every record it changed is as before, every one it added is gone. rows is how
// many. It is refused with the list (Conflict) if somebody has changed one of them since, or if it would take the ground
// from under visits, a live plan or tasks. NotFound if there is no such import, Forbidden to all but planners.
func (a *App) UndoImport(ctx context.Context, p planner.Principal, id planner.ImportID) (rows int, err error) {
	if err := mayImport(p); err != nil {
		return 0, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "undo-import", Now: a.Now()}, func(tx *store.Tx) (err error) {
		rows, err = tx.UndoImport(id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("undo import %s: %w", id, err)
	}
	return rows, nil
}

// Imports lists the imports as the store gives them. Forbidden to all but planners.
func (a *App) Imports(ctx context.Context, p planner.Principal) (is []store.ImportRecord, err error) {
	if err := mayImport(p); err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		is, err = tx.Imports()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return is, nil
}
