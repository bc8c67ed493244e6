package store

import (
	"context"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func seated(id string, seat int) planner.Appointment {
	on := civil.Of(2026, 3, 4)
	return planner.Appointment{ID: planner.AppointmentID(id), Seat: planner.Seat{Slot: planner.SlotKey(on), On: on, Seat: seat}, State: planner.AppointmentBooked, Subject: "教育",
		Persons: 1, Name: "王某某", Contact: "19900000001", Words: "入学", CodeHash: strings.Repeat(id, 64)[:64], BookedOn: civil.Of(2026, 3, 2)}
}

// The store is asked for no free seat here: whatever a program forgets to check, the database refuses a seat that is held, one that
// does not exist, and an appointment that is cancelled and holds one.
func TestTheDatabaseItselfRefusesADoubleBooking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		on := civil.Of(2026, 3, 4)
		inWrite(t, db, func(tx *Tx) error {
			free, err := tx.FreeSeats(on, 2)
			if len(free) != 2 {
				t.Errorf("got free seats %v, want two", free)
			}
			return err
		})
		book := func(a planner.Appointment) error {
			return db.Write(context.Background(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutAppointment(a) })
		}
		if err := book(seated("a", 1)); err != nil {
			t.Fatal(err)
		}
		wantKind(t, book(seated("b", 1)), planner.Conflict)
		wantKind(t, book(seated("c", 3)), planner.Conflict) // no such seat
		wrong := seated("d", 2)
		wrong.State = planner.AppointmentCancelled
		wantKind(t, book(wrong), planner.Invalid)
		many := seated("e", 2)
		many.Persons = 6
		wantKind(t, book(many), planner.Invalid)
		// Nor does a bare statement pass.
		_, err := db.w.Exec(db.w.Rebind(`INSERT INTO appointments (id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, booked_on, revision, refusal)
			SELECT 'f', slot, held_on, seat, state, subject, persons, name, contact, words, ?, booked_on, revision, refusal FROM appointments WHERE id = 'a'`), strings.Repeat("f", 64))
		if breachOf(err) != breachUnique {
			t.Errorf("a bare insert: got %v, want the unique constraint", err)
		}
		reasonless := seated("g", 0)
		reasonless.State = planner.AppointmentRefused
		wantKind(t, book(reasonless), planner.Invalid)
		// A cancelled appointment leaves its seat to others.
		gone := seated("a", 0)
		gone.State, gone.Revision = planner.AppointmentCancelled, 1
		if err := book(gone); err != nil {
			t.Fatal(err)
		}
		if err := book(seated("g", 1)); err != nil {
			t.Errorf("the freed seat: got %v", err)
		}
		inWrite(t, db, func(tx *Tx) error {
			free, err := tx.FreeSeats(on, 2)
			if len(free) != 1 || free[0] != 2 {
				t.Errorf("got free seats %v, want seat 2", free)
			}
			return err
		})
	})
}

func TestAPurgedAppointmentCannotBeReadFromTheAudit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error {
			if _, err := tx.FreeSeats(civil.Of(2026, 3, 4), 1); err != nil {
				return err
			}
			return tx.PutAppointment(seated("a", 1))
		})
		readable := func() (n int) {
			as(t, db, planner.System("test"), func(tx *Tx) error {
				if err := tx.unlock([]string{appointmentKey("a")}, false); err != nil {
					return err
				}
				var sealed []struct {
					After []byte `db:"after"`
				}
				if err := tx.sql.Select(&sealed, `SELECT after FROM audit_rows WHERE kind = 'appointment' AND after IS NOT NULL`); err != nil {
					return err
				}
				for _, s := range sealed {
					if plain, err := tx.vault[appointmentKey("a")].open("appointment", "a", s.After); err == nil && len(plain) > 0 {
						n++
					}
				}
				return nil
			})
			return n
		}
		if readable() == 0 {
			t.Error("got an audit that nobody can read while the appointment lives")
		}
		before := canonical(t, db)
		inWrite(t, db, func(tx *Tx) error {
			n, err := tx.PurgeAppointments(civil.Of(2026, 3, 5), civil.Of(2026, 4, 4))
			if n != 1 {
				t.Errorf("got %d purged, want 1", n)
			}
			return err
		})
		if n := readable(); n != 0 {
			t.Errorf("got %d readable audit rows after the purge, want none", n)
		}
		if canonical(t, db) == before {
			t.Error("the canonical export says nothing of the purge")
		}
		as(t, db, planner.System("test"), func(tx *Tx) error {
			held, keys, err := tx.PurgeProof(civil.Of(2026, 3, 5))
			if held != 0 || keys != 0 {
				t.Errorf("got %d held, %d keys, want none", held, keys)
			}
			return err
		})
		if _, err := db.VerifyChain(t.Context()); err != nil {
			t.Errorf("the audit chain: %v", err)
		}
	})
}
