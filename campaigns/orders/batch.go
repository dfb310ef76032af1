package orders

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"fanfare/accounts"
	"fanfare/fault"
)

const (
	batchOrders     = 1000      // orders committed at once
	batchLine       = 1 << 16   // bytes of a line, its end included
	batchRejections = 1_000_000 // rejected lines that are told one by one
	batchDetails    = 1000      // different details that are kept once for all their lines
)

// BatchResult is what became of a stream of orders.
type BatchResult struct {
	Accepted      int64          `json:"accepted"`
	Replayed      int64          `json:"replayed"`
	Rejected      []RejectedLine `json:"rejected" doc:"Every line that was not taken, the first 1,000,000 of them."`
	RejectedTotal int64          `json:"rejected_total" doc:"How many lines were not taken in all."`
}

// RejectedLine is one line of a stream that was not taken.
type RejectedLine struct {
	Line   int64  `json:"line" doc:"Counted from 1."`
	Detail string `json:"detail"`
}

// TakeStream reads NDJSON, one order a line of at most 64 KiB, in flat memory,
// and stores the orders as Take does. Empty lines are skipped, wrong ones told
// in the result, and so are lines of a store for which the actor's key is not
// good. When the stream breaks off (Invalid) or the database fails
// (Unavailable), the result beside the error tells what was stored until then;
// the whole stream may be sent again.
func (s *Service) TakeStream(ctx context.Context, actor accounts.Actor, lines io.Reader) (BatchResult, error) {
	b := &orderBatch{service: s, actor: actor, details: map[string]string{}, result: BatchResult{Rejected: []RejectedLine{}}}
	err := b.read(ctx, bufio.NewReaderSize(lines, batchLine))
	err = cmp.Or(b.finish(), err)
	// A conflict is found at the commit, after lines behind it were read.
	slices.SortFunc(b.result.Rejected, func(x, y RejectedLine) int { return cmp.Compare(x.Line, y.Line) })
	return b.result, err
}

// orderBatch gathers the orders of a stream until they are committed. While one
// lot is being committed the next one is read; lots are committed in the order
// of the stream, so that of two orders with one id the first is kept.
type orderBatch struct {
	service *Service
	actor   accounts.Actor
	line    int64 // the one being read
	next    lot

	committing errgroup.Group // of one lot at the most
	mu         sync.Mutex
	details    map[string]string // to itself: a million lines are often wrong in one way
	result     BatchResult
}

// lot is what is committed at once.
type lot struct {
	orders []*pendingOrder
	lines  []int64 // where the orders stood
}

func (b *orderBatch) read(ctx context.Context, r *bufio.Reader) error {
	for {
		line, err := nextLine(r)
		if errors.Is(err, io.EOF) {
			return b.commit()
		}
		b.line++
		switch {
		case errors.Is(err, errLongLine):
			b.reject(b.line, err)
		case err != nil:
			return cmp.Or(b.commit(), brokenStream(b.line, err))
		default:
			if err := b.add(ctx, line); err != nil {
				return err
			}
		}
	}
}

// add takes one line, and commits when there are enough.
func (b *orderBatch) add(ctx context.Context, line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	p, err := b.prepare(ctx, line)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Forbidden) {
		b.reject(b.line, err)
		return nil
	}
	if err != nil {
		return err
	}
	b.next.orders, b.next.lines = append(b.next.orders, p), append(b.next.lines, b.line)
	if len(b.next.orders) < batchOrders {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return brokenStream(b.line, err)
	}
	return b.commit()
}

func (b *orderBatch) prepare(ctx context.Context, line []byte) (*pendingOrder, error) {
	order, err := Read(bytes.NewReader(line))
	if err != nil {
		return nil, err
	}
	if err := b.actor.RequireStore(order.Store); err != nil {
		return nil, err
	}
	return b.service.prepareOrder(ctx, order)
}

// commit waits until the lot before is stored, and begins to store the next
// one. It gives the error of the one before.
func (b *orderBatch) commit() error {
	if err := b.finish(); err != nil {
		return err
	}
	ready := b.next
	b.next = lot{}
	b.committing = errgroup.Group{}
	b.committing.Go(func() error { return b.store(ready) })
	return nil
}

// finish waits until all that was handed over is stored.
func (b *orderBatch) finish() error { return b.committing.Wait() }

// store gives an error when some orders were not stored for a reason that lies
// with us.
func (b *orderBatch) store(ready lot) error {
	commitOrders(b.service.db, ready.orders, b.service.telling)
	var failure error
	for i, p := range ready.orders {
		b.service.metrics.order(p.receipt, p.err)
		switch {
		case fault.Is(p.err, fault.Conflict):
			b.reject(ready.lines[i], p.err)
		case p.err != nil:
			failure = p.err
		default:
			b.accept(p.receipt)
		}
	}
	return failure
}

func (b *orderBatch) accept(r Receipt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Replayed {
		b.result.Replayed++
	} else {
		b.result.Accepted++
	}
}

func (b *orderBatch) reject(line int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.result.RejectedTotal++
	if len(b.result.Rejected) == batchRejections {
		return
	}
	detail := Detail(err)
	if known, ok := b.details[detail]; ok {
		detail = known
	} else if len(b.details) < batchDetails {
		b.details[detail] = detail
	}
	b.result.Rejected = append(b.result.Rejected, RejectedLine{Line: line, Detail: detail})
}

var errLongLine = fault.New(fault.Invalid, "order.line_long", "The line is longer than 64 KiB.")

// nextLine gives the next line, valid until the next call: io.EOF after the
// last one, errLongLine for one that is too long, which it skips.
func nextLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	switch {
	case err == io.EOF && (long || len(line) > 0): // the last line needs no end
	case err != nil:
		return nil, err
	}
	if long {
		return nil, errLongLine
	}
	return line, nil
}

func brokenStream(line int64, err error) error {
	return &fault.Error{
		Kind: fault.Invalid, Key: "order.stream_broken", Args: fault.Args{"Line": line}, Err: err,
		Message: fmt.Sprintf("The stream broke off in line %d. Orders before it may be stored; send all of it again, they are stored once.", line),
	}
}
