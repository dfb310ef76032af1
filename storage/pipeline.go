package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConnector opens connections to PostgreSQL that put statements off
// until they can ride with another one.
type postgresConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresConn{Conn: conn.(*stdlib.Conn)}, nil
}

// postgresConn is a connection that sends several statements in one round trip,
// which is what a short transaction costs. BEGIN always waits for the first
// statement; Tx.Later puts off others. Whatever is sent by itself is sent after
// those that wait.
type postgresConn struct {
	*stdlib.Conn
	begun   bool // a transaction is open, although BEGIN may still wait
	waiting pgx.Batch
}

// BeginTx implements driver.ConnBeginTx.
func (c *postgresConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	options := pgx.TxOptions{}
	switch sql.IsolationLevel(o.Isolation) {
	case sql.LevelDefault:
	case sql.LevelRepeatableRead:
		options.IsoLevel = pgx.RepeatableRead
	default:
		return nil, fmt.Errorf("isolation level %v is not used here", sql.IsolationLevel(o.Isolation))
	}
	if o.ReadOnly {
		options.AccessMode = pgx.ReadOnly
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.begun, c.waiting = true, pgx.Batch{}
	c.waiting.BeginTx(options)
	return postgresTx{ctx, c}, nil
}

// later puts a statement off; row, if any, is called with its rows when it runs.
func (c *postgresConn) later(text string, args []any, row func(Row) error) error {
	if !c.begun {
		return sql.ErrTxDone // its context ended
	}
	statement := c.waiting.Queue(text, args...)
	if row == nil {
		return nil
	}
	statement.Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := row(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return nil
}

// send sends all that waits, in one round trip.
func (c *postgresConn) send(ctx context.Context) error {
	if c.waiting.Len() == 0 {
		return nil
	}
	batch := c.waiting
	c.waiting = pgx.Batch{}
	return c.Conn.Conn().SendBatch(ctx, &batch).Close()
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *postgresConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if err := c.send(ctx); err != nil {
		return nil, err
	}
	return c.Conn.PrepareContext(ctx, text)
}

// ExecContext implements driver.ExecerContext.
func (c *postgresConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.send(ctx); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, text, args)
}

// QueryContext implements driver.QueryerContext.
func (c *postgresConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.send(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, text, args)
}

// postgresTx is the transaction of a connection.
type postgresTx struct {
	ctx  context.Context
	conn *postgresConn
}

// Commit implements driver.Tx.
func (t postgresTx) Commit() error {
	t.conn.begun = false
	if t.conn.waiting.Len() == 1 && t.conn.Conn.Conn().PgConn().TxStatus() == 'I' {
		t.conn.waiting = pgx.Batch{}
		return nil // BEGIN alone waits: nothing was asked
	}
	t.conn.waiting.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() == "ROLLBACK" { // so PostgreSQL answers where a statement failed before
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	err := t.conn.send(t.ctx)
	if err != nil {
		_ = t.Rollback()
	}
	return err
}

// Rollback implements driver.Tx. Where it fails, the pool finds the transaction
// open and throws the connection away.
func (t postgresTx) Rollback() error {
	t.conn.begun, t.conn.waiting = false, pgx.Batch{}
	conn := t.conn.Conn.Conn()
	if conn.PgConn().TxStatus() == 'I' {
		return nil // BEGIN was not sent
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	_, err := conn.Exec(ctx, "rollback")
	return err
}
