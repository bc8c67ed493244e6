package store

import "lianxin/planner/civil"

// Fetch says that a program fetched a feed, and on which day last. It holds no address and no time of day.
type Fetch struct {
	Product string     `db:"product"`
	On      civil.Date `db:"fetched_on"`
}

var (
	markFetch = query(`INSERT INTO feed_fetches (token_hash, product, fetched_on) VALUES (:hash, :product, :on)
		ON CONFLICT (token_hash, product) DO UPDATE SET fetched_on = excluded.fetched_on`)
	fetchesOf   = query(`SELECT product, fetched_on FROM feed_fetches WHERE token_hash = :hash ORDER BY fetched_on DESC, product LIMIT 20`)
	dropFetches = query(`DELETE FROM feed_fetches WHERE fetched_on < :before`)
)

// NoteFetch marks by which program and on which day a feed was fetched. It is a mark of use and leaves no audit row, or a
// thousand phones would write one each day.
func (tx *Tx) NoteFetch(token, product string, on civil.Date) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	_, err := tx.exec(markFetch, args{"hash": hashToken(token), "product": product, "on": on})
	return err
}

// Fetches lists the programs that fetched the feed of a token, the latest first, at most twenty. Whoever has the token may
// ask.
func (tx *Tx) Fetches(token string) (list []Fetch, err error) {
	err = tx.all(&list, fetchesOf, args{"hash": hashToken(token)})
	return list, err
}

// ForgetFetches drops the marks from before a day.
func (tx *Tx) ForgetFetches(before civil.Date) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	_, err := tx.exec(dropFetches, args{"before": before})
	return err
}
