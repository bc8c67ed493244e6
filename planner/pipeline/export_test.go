package pipeline

// Answering is how many parts of the newest plan are kept for answers, and whether all of it is.
func (a *App) Answering() (parts int, whole bool) {
	a.explained.mu.Lock()
	defer a.explained.mu.Unlock()
	return len(a.explained.parts), a.explained.whole != nil
}
