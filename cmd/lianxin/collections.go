package main

import "runtime/debug"

// collectAt is how far the heap grows between two collections while a county's calendar is laid, in percent: a command's work is over in
// seconds, and half of what it needs is the county itself, which stays. A served process keeps Go's 100.
const collectAt = 300

// fewerCollections holds for a command that works on a whole county and ends; call what it returns to take it back.
func fewerCollections() (back func()) {
	was := debug.SetGCPercent(collectAt)
	return func() { debug.SetGCPercent(was) }
}
