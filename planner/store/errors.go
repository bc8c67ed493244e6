package store

import (
	"context"
	"database/sql"
	"errors"
	"net"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lianxin/planner"
)

// translate gives a driver's error the kind and words that a user can act on. Errors that are a [planner.Error] already,
// and those of cancelled contexts, pass through.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*planner.Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch breach := breachOf(err); {
	case breach == breachUnique:
		return &planner.Error{Kind: planner.Conflict, Err: err, Say: planner.Text{
			ZH: "编号或键值与已有记录重复，未写入任何内容。", EN: "a code or key is taken by another record; nothing was written"}}
	case breach == breachReference:
		return &planner.Error{Kind: planner.Conflict, Err: err, Say: planner.Text{
			ZH: "所引用的记录不存在，或仍被其他记录引用，未写入任何内容。",
			EN: "a record that is referred to does not exist, or is still referred to; nothing was written"}}
	case breach == breachCheck:
		return &planner.Error{Kind: planner.Invalid, Err: err, Say: planner.Text{
			ZH: "有一项内容不在允许范围内，未写入任何内容。", EN: "a value lies outside what is allowed; nothing was written"}}
	case retriable(err):
		return &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{
			ZH: "数据库正忙，请稍后再试。", EN: "the database is busy; try again in a moment"}}
	case unreachable(err):
		return &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{
			ZH: "无法连接数据库，请检查地址与服务是否启动。", EN: "the database cannot be reached; check its address and that it runs"}}
	}
	return err
}

// notFound makes sql.ErrNoRows a NotFound of the thing named; other errors pass through.
func notFound(err error, zh, en string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &planner.Error{Kind: planner.NotFound, Say: planner.Text{ZH: zh, EN: en}, Err: err}
	}
	return err
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

type breach int

const (
	breachNone breach = iota
	breachUnique
	breachReference
	breachCheck
)

// breachOf tells which constraint an error breaks, by code and never by text.
func breachOf(err error) breach {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		switch e.Code {
		case "23505":
			return breachUnique
		case "23503":
			return breachReference
		case "23514", "23502", "22008", "22001", "22003", "22007":
			return breachCheck
		}
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return breachUnique
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return breachReference
		case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
			return breachCheck
		}
	}
	return breachNone
}

// retriable reports whether the same transaction may succeed if it is run again: a serialization failure or deadlock on
// PostgreSQL, a writer of another process on SQLite.
func retriable(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == "40001" || e.Code == "40P01"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	return false
}

// unreachable reports whether the server is away: no connection, or it is shutting down (class 08 and 57P0x).
func unreachable(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code.Class() == "08" || e.Code == "57P01" || e.Code == "57P02" || e.Code == "57P03" || e.Code == "53300"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_CANTOPEN
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}
