// Package pipeline holds the use cases: import, plan, publish, lay the calendar, remind, sweep tasks, and the views that
// pages and commands show. A use case reads a snapshot, computes outside any transaction, and commits short with a
// revision check; nothing long ever holds the database's writer. It is the one place that joins the pure stages
// (pairing, calendar, followup) with store, notifier, feed and sheet.
package pipeline
