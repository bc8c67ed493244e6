package pipeline

import "lianxin/notifier"

// mailer is the office's mail channel, nil if it has none.
func (a *App) mailer() *notifier.SMTP {
	for _, c := range a.Channels {
		if m, ok := c.(notifier.SMTP); ok {
			return &m
		}
	}
	return nil
}
