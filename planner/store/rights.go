package store

import (
	"encoding/base64"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type cardRow struct {
	Household     string     `db:"household" json:"household"`
	CodeHash      string     `db:"code_hash" json:"code_hash"`
	ComplaintHash string     `db:"complaint_hash" json:"complaint_hash"`
	IssuedOn      civil.Date `db:"issued_on" json:"issued_on"`
}

func (r cardRow) rowID() string     { return r.Household }
func (r cardRow) household() string { return r.Household }
func (r cardRow) values() []any {
	return []any{r.Household, r.CodeHash, r.ComplaintHash, r.IssuedOn}
}

var cards = &table[cardRow]{
	kind: "household-card",
	byID: query(`SELECT household, code_hash, complaint_hash, issued_on FROM household_cards WHERE household IN (:ids)`),
	put: inserts(`INSERT INTO household_cards (household, code_hash, complaint_hash, issued_on) VALUES (?, ?, ?, ?)
		ON CONFLICT (household) DO UPDATE SET code_hash = excluded.code_hash, complaint_hash = excluded.complaint_hash, issued_on = excluded.issued_on`),
	drop: query(`DELETE FROM household_cards WHERE household IN (:ids)`),
}

type requestRow struct {
	ID         string     `db:"id" json:"id"`
	Household  string     `db:"household" json:"household"`
	Kind       string     `db:"kind" json:"kind"`
	Words      string     `db:"words" json:"words"` // sealed under the household's key
	AskedOn    civil.Date `db:"asked_on" json:"asked_on"`
	DueOn      civil.Date `db:"due_on" json:"due_on"`
	State      string     `db:"state" json:"state"`
	Answer     string     `db:"answer" json:"answer"`
	AnsweredOn civil.Date `db:"answered_on" json:"answered_on"`
}

func (r requestRow) rowID() string     { return r.ID }
func (r requestRow) household() string { return r.Household }
func (r requestRow) values() []any {
	return []any{r.ID, r.Household, r.Kind, r.Words, r.AskedOn, r.DueOn, r.State, r.Answer, r.AnsweredOn}
}

var requests = &table[requestRow]{
	kind: "household-request",
	byID: query(`SELECT id, household, kind, words, asked_on, due_on, state, answer, answered_on FROM household_requests WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO household_requests (id, household, kind, words, asked_on, due_on, state, answer, answered_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET words = excluded.words, state = excluded.state, answer = excluded.answer, answered_on = excluded.answered_on`),
	drop: query(`DELETE FROM household_requests WHERE id IN (:ids)`),
}

type complaintRow struct {
	ID         string     `db:"id" json:"id"`
	Village    nullable   `db:"village" json:"village"`
	Words      string     `db:"words" json:"words"` // sealed under the key file
	WrittenOn  civil.Date `db:"written_on" json:"written_on"`
	Answer     string     `db:"answer" json:"answer"`
	AnsweredOn civil.Date `db:"answered_on" json:"answered_on"`
}

func (r complaintRow) rowID() string     { return r.ID }
func (r complaintRow) household() string { return "" }
func (r complaintRow) values() []any {
	return []any{r.ID, r.Village, r.Words, r.WrittenOn, r.Answer, r.AnsweredOn}
}

var complaints = &table[complaintRow]{
	kind: "complaint",
	byID: query(`SELECT id, village, words, written_on, answer, answered_on FROM complaints WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO complaints (id, village, words, written_on, answer, answered_on) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, answered_on = excluded.answered_on`),
	drop: query(`DELETE FROM complaints WHERE id IN (:ids)`),
}

var (
	cardByCode = query(`SELECT household, code_hash, complaint_hash, issued_on FROM household_cards
		WHERE code_hash = :hash OR complaint_hash = :hash`)
	cardsOfVillage = query(`SELECT c.household FROM household_cards c JOIN households h ON h.id = c.household WHERE h.village = :village`)
	requestsOf     = query(`SELECT q.id, q.household, q.kind, q.words, q.asked_on, q.due_on, q.state, q.answer, q.answered_on
		FROM household_requests q JOIN households h ON h.id = q.household
		WHERE (:household = '' OR q.household = :household) AND (:open = 0 OR q.state = 'open')
			AND (:all = 1 OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a
				WHERE a.code IN (:areas) AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code))
		ORDER BY q.due_on, q.id`)
	allComplaints = query(`SELECT id, village, words, written_on, answer, answered_on FROM complaints ORDER BY written_on, id`)
	looksAt       = query(`SELECT w.at, w.actor, w.operation FROM audit_rows r JOIN audit_writes w ON w.seq = r.write_seq
		WHERE r.row_id = :household AND r.action = 'read' AND r.row_id <> '' AND r.kind IN ('household', 'household-contact') ORDER BY w.seq DESC LIMIT 100`)
)

// PutCards gives households new cards; former ones open nothing any more. Planners and clerks.
func (tx *Tx) PutCards(cs []planner.Card) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	rows := make([]cardRow, len(cs))
	for i, c := range cs {
		rows[i] = cardRow{string(c.Household), c.CodeHash, c.ComplaintHash, c.IssuedOn}
	}
	_, err := cards.store(tx, rows)
	return err
}

// CardsOf tells which households of a village have a card.
func (tx *Tx) CardsOf(village planner.AreaCode) (map[planner.HouseholdID]bool, error) {
	var ids []planner.HouseholdID
	if err := tx.all(&ids, cardsOfVillage, args{"village": string(village)}); err != nil {
		return nil, err
	}
	had := make(map[planner.HouseholdID]bool, len(ids))
	for _, id := range ids {
		had[id] = true
	}
	return had, nil
}

// ContactOfCard decrypts a household's contact for the household itself, which shows it masked. The system only.
func (tx *Tx) ContactOfCard(id planner.HouseholdID) (string, error) {
	if !tx.who.IsSystem() {
		return "", errForbidden()
	}
	found, err := households.load(tx, []string{string(id)})
	if err != nil {
		return "", err
	}
	return tx.openContact(contactPlace(id), found[string(id)].Contact)
}

// EraseAtCounter is [Tx.EraseHousehold] for a clerk who has checked at the counter who asks. The household must lie in the scope.
func (tx *Tx) EraseAtCounter(id planner.HouseholdID) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	if _, err := tx.Household(id); err != nil {
		return err
	}
	return tx.erase(id)
}

// mayCounter allows what the counter does: clerks, planners, administrators, the system.
func (tx *Tx) mayCounter() error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil
	}
	return errForbidden()
}

// CardByHash finds the card that a code's hash opens. NotFound if there is none. The system only: whoever holds the code asks in no name.
func (tx *Tx) CardByHash(hash string) (planner.Card, error) {
	if !tx.who.IsSystem() {
		return planner.Card{}, errForbidden()
	}
	var rows []cardRow
	if err := tx.all(&rows, cardByCode, args{"hash": hash}); err != nil {
		return planner.Card{}, err
	}
	if len(rows) == 0 {
		return planner.Card{}, planner.Fail(planner.NotFound, "没有这个码，请对照户卡核对；丢了可以到窗口换一张。",
			"there is no such code; compare it with the card, or get a new card at the counter")
	}
	r := rows[0]
	return planner.Card{Household: planner.HouseholdID(r.Household), CodeHash: r.CodeHash, ComplaintHash: r.ComplaintHash, IssuedOn: r.IssuedOn}, nil
}

// PutRequest adds or answers a request. Conflict if an open one of the kind is there already.
func (tx *Tx) PutRequest(q planner.Request) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	old, err := requests.load(tx, []string{q.ID})
	if err != nil {
		return err
	}
	if err := tx.unlock([]string{string(q.Household)}, true); err != nil {
		return err
	}
	r := requestRow{ID: q.ID, Household: string(q.Household), Kind: string(q.Kind), AskedOn: q.AskedOn, DueOn: q.DueOn, State: q.State,
		Answer: q.Answer, AnsweredOn: q.AnsweredOn}
	if was, ok := old[q.ID]; ok {
		r.Words = was.Words
	} else if q.Words != "" {
		r.Words = base64.RawStdEncoding.EncodeToString(tx.vault[r.Household].seal(requests.kind, r.ID, []byte(q.Words)))
	}
	_, err = requests.save(tx, old, []requestRow{r})
	return err
}

// Requests returns the requests of the scope's areas by due day: all of them to planners and auditors. household and open narrow them.
func (tx *Tx) Requests(household planner.HouseholdID, open bool) ([]planner.Request, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []requestRow
	if err := tx.all(&rows, requestsOf, s.args().with(args{"household": string(household), "open": flag(open)})); err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Household
	}
	if err := tx.unlock(ids, false); err != nil {
		return nil, err
	}
	out := make([]planner.Request, len(rows))
	for i, r := range rows {
		words, err := tx.openWords(requests.kind, r.ID, r.Household, r.Words)
		if err != nil {
			return nil, err
		}
		out[i] = planner.Request{ID: r.ID, Household: planner.HouseholdID(r.Household), Kind: planner.RequestKind(r.Kind), Words: words, AskedOn: r.AskedOn,
			DueOn: r.DueOn, State: r.State, Answer: r.Answer, AnsweredOn: r.AnsweredOn}
	}
	return out, nil
}

// openWords opens what is sealed under a household's key, which must be in the vault; empty once the household is erased.
func (tx *Tx) openWords(kind, id, household, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	plain, err := tx.vault[household].open(kind, id, b)
	return string(plain), err
}

// PutComplaint adds a complaint (the system, for whoever wrote it) or its answer (planners).
func (tx *Tx) PutComplaint(c planner.Complaint) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	old, err := complaints.load(tx, []string{c.ID})
	if err != nil {
		return err
	}
	r := complaintRow{ID: c.ID, Village: nullable(c.Village), WrittenOn: c.WrittenOn, Answer: c.Answer, AnsweredOn: c.AnsweredOn}
	if was, ok := old[c.ID]; ok {
		r.Words = was.Words
	} else if r.Words, err = tx.db.keys.seal("complaint/"+c.ID, []byte(c.Words)); err != nil {
		return err
	}
	_, err = complaints.save(tx, old, []complaintRow{r})
	return err
}

// Complaints returns all complaints by day. Planners, supervisors and auditors.
func (tx *Tx) Complaints() ([]planner.Complaint, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin, planner.RoleSupervisor, planner.RoleAuditor) {
		return nil, errForbidden()
	}
	var rows []complaintRow
	if err := tx.all(&rows, allComplaints, args{}); err != nil {
		return nil, err
	}
	out := make([]planner.Complaint, len(rows))
	for i, r := range rows {
		words, err := tx.db.keys.open("complaint/"+r.ID, r.Words)
		if err != nil {
			return nil, err
		}
		out[i] = planner.Complaint{ID: r.ID, Village: planner.AreaCode(r.Village), Words: string(words), WrittenOn: r.WrittenOn, Answer: r.Answer, AnsweredOn: r.AnsweredOn}
	}
	return out, nil
}

// LooksAt returns who read a household's record by itself, the latest first, at most 100; reading a list of a village is not
// among them. The system only, for the household.
func (tx *Tx) LooksAt(id planner.HouseholdID) ([]planner.Look, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	var rows []struct {
		At        civil.Instant `db:"at"`
		Actor     string        `db:"actor"`
		Operation string        `db:"operation"`
	}
	if err := tx.all(&rows, looksAt, args{"household": string(id)}); err != nil {
		return nil, err
	}
	out := make([]planner.Look, len(rows))
	for i, r := range rows {
		out[i] = planner.Look{At: r.At.Time, Who: r.Actor, For: r.Operation}
	}
	return out, nil
}

// PutChoices writes what a household decides itself: whether it is visited, how often, at what part of day, what it would like help with,
// and until when it wishes to be left alone. Nothing else may differ from what is stored. The counter and the system.
func (tx *Tx) PutChoices(h planner.Household) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	old, err := households.load(tx, []string{string(h.ID)})
	if err != nil {
		return err
	}
	r, ok := old[string(h.ID)]
	if !ok {
		return planner.Fail(planner.NotFound, "没有这户。", "there is no such household")
	}
	r.Hours, r.Consent, r.Needs, r.MuteUntil, r.PerYear = string(h.Hours), string(h.Consent), h.Needs, h.MuteUntil, h.PerYear
	_, err = households.save(tx, old, []householdRow{r})
	return err
}

func (tx *Tx) rekeyComplaints(after string) (int, string, error) {
	var rows []complaintRow
	if err := tx.all(&rows, everyComplaint, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	var ids []string
	var moved []complaintRow
	for _, r := range rows {
		ids = append(ids, r.ID)
		words, err := tx.reseal("complaint/"+r.ID, r.Words)
		if err != nil {
			return 0, "", err
		}
		if words != r.Words {
			r.Words = words
			moved = append(moved, r)
		}
	}
	err := tx.insert(resealComplaints, len(moved), func(i int) []any { return moved[i].values() })
	return len(moved), lastOf(ids), err
}

var resealComplaints = inserts(`INSERT INTO complaints (id, village, words, written_on, answer, answered_on) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET words = excluded.words`)
