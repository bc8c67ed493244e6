// Package feed turns what the planner knows into iCalendar (RFC 5545) and back: one calendar per cadre, leader, village
// and hall, one for the public and one of the county's days. It holds codecs and wording; it opens no database and
// no socket, and it is given the day it is drawn on.
//
// # What subscribers get
//
// [Build] draws a [Calendar] from a [Source]; [Encode] writes it. The property sets are those that Google, Outlook,
// Apple, Thunderbird, khal and vdirsyncer were seen to need:
//
//   - BEGIN, VERSION and PRODID first; lines of at most 75 octets that end in CRLF and never split a character;
//   - METHOD:PUBLISH with an ORGANIZER in every VEVENT, no ATTENDEE (RFC 5546 §3.2.1);
//   - times as TZID=Asia/Shanghai with a VTIMEZONE that is there even when no event is; whole days as VALUE=DATE with an
//     exclusive end; no RRULE anywhere, since 调休 and 顺延 are no rules a client could know;
//   - DTSTAMP = LAST-MODIFIED = the time of the last visible change, never the time of writing, so that the same
//     calendar is the same bytes for ever; SEQUENCE counts those changes;
//   - a cancelled event says so (STATUS, 【已取消】, transparent, no alarm) until 30 days after the later of its change
//     and its date; the window is 90 days back and 400 ahead;
//   - at most two VALARMs, last in their VEVENT, each with a UID (RFC 9074 §4).
//
// A feed lands on foreign clouds. It holds household codes and no other word about a household: no head, no phone,
// no need, no text of a task. Whoever must know more follows the link and signs in.
//
// # Hostile text
//
// Text comes from imports. In TEXT values every kind of line end becomes \n, other control characters vanish, invalid
// UTF-8 becomes U+FFFD ([Clean] is the rule; what it leaves alone round-trips). In parameters CR, LF, " and ^ are written
// by RFC 6868. UIDs, addresses and links are not repaired but refused. [Decode] looks a stranger's object over before
// go-ical sees it, because go-ical panics on CN="a"b, is quadratic in a parameter's length and recurses without end.
//
// Decision: [Encode] appends our nouns to a buffer and does not go through go-ical's maps. go-ical stays the object model
// for what comes from outside ([Decode], [EncodeObject]). Chosen because its encoder sorts names alphabetically, folds
// nothing, writes CR LF of a parameter raw, refuses an empty calendar, and takes over 100 allocations an event;
// rejected were wrapping it in a folding writer (ten times slower and still open to injection) and another library.
//
// Decision: no UID property of the calendar itself (RFC 7986 §5.3). vdirsyncer copies a calendar's properties into each
// event's file and then takes that UID for the event's, so that a year of 37 events arrived as one (probed, 0.19). The
// calendar is named by X-WR-RELCALID, which Outlook reads.
//
// Decision: a village's day is one entry that lists who comes, not one entry per cadre. Its SEQUENCE counts the changes
// of all entries of that month, so it may rise without a visible change here; it never fails to rise.
//
// Decision: a holiday's UID and a slot's UID are made of their date and the host. Nobody creates them, and the date is
// what they are.
package feed
