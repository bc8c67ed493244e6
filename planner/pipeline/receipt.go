package pipeline

import (
	"context"
	"errors"
	"fmt"

	"lianxin/notifier"
	"lianxin/planner"
)

// LookUpReceipts asks the providers what became of the messages they took. It may run at any time.
func (a *App) LookUpReceipts(ctx context.Context) (notifier.Receipts, error) {
	return a.NotifierWorker("receipts").LookUpReceipts(ctx)
}

// ReceivePush takes the receipts that a gateway pushed to the channel and returns how many settled a message. Numbers that no message waits for are passed over: gateways
// push twice. Forbidden for a wrong token, NotFound for a channel that takes none.
func (a *App) ReceivePush(ctx context.Context, channel, token string, body []byte) (settled int, err error) {
	c, err := a.channelNamed(channel)
	gateway, ok := c.(notifier.SMSGateway)
	if err != nil || !ok {
		return 0, planner.Fail(planner.NotFound, "没有这样的渠道。", "there is no such channel.")
	}
	list, err := gateway.Receipts(token, body)
	if errors.Is(err, notifier.ErrReceiptToken) {
		return 0, planner.Fail(planner.Forbidden, "令牌不对。", "the token is wrong.")
	}
	if err != nil {
		return 0, fmt.Errorf("receipts of %s: %w", channel, err)
	}
	l := a.Notifier()
	for _, p := range list {
		switch err := l.Receive(ctx, channel, p.Number, p.Arrival); {
		case err == nil:
			settled++
		case !errors.Is(err, notifier.ErrNoSuchMessage) && !errors.Is(err, notifier.ErrSettled):
			return settled, fmt.Errorf("receipt of %s: %w", channel, err)
		}
	}
	return settled, nil
}
