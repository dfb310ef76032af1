package storage

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// keptStatements is how many statements a connection remembers. The program has
// some hundred; lists of varying length, IN (?, ?, …), would make more.
const keptStatements = 256

// sqliteConnector opens SQLite connections that remember the statements they
// have run. The driver compiles a statement each time it is run, which for an
// insert costs as much as the insert.
type sqliteConnector struct {
	driver *sqlite.Driver
	dsn    string
	// writes says that statements run to their end whatever becomes of their
	// context: they are short, and to be able to interrupt one the driver starts
	// a goroutine for it, which costs more than many a statement.
	writes bool
}

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{sqliteDriverConn: conn.(sqliteDriverConn), writes: c.writes, kept: make(map[string]driver.Stmt)}, nil
}

// Driver implements driver.Connector.
func (c sqliteConnector) Driver() driver.Driver { return c.driver }

// sqliteDriverConn is what the driver's connections can do.
type sqliteDriverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteConn is a connection, used by one goroutine at a time as database/sql
// promises. A statement whose rows are being read is not in kept.
type sqliteConn struct {
	sqliteDriverConn
	writes bool
	kept   map[string]driver.Stmt
}

// BeginTx implements driver.ConnBeginTx.
func (c *sqliteConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.sqliteDriverConn.BeginTx(c.lasting(ctx), o)
}

// lasting gives the context under which a statement runs.
func (c *sqliteConn) lasting(ctx context.Context) context.Context {
	if c.writes {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// ExecContext implements driver.ExecerContext. A text without arguments may be
// a script, and is not worth remembering.
func (c *sqliteConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.sqliteDriverConn.ExecContext(ctx, text, args)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer c.keep(text, s)
	return s.(driver.StmtExecContext).ExecContext(c.lasting(ctx), args)
}

// QueryContext implements driver.QueryerContext.
func (c *sqliteConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(c.lasting(ctx), args)
	if err != nil {
		c.keep(text, s)
		return nil, err
	}
	return &sqliteRows{Rows: rows, closed: func() { c.keep(text, s) }}, nil
}

// take gives a statement for one use.
func (c *sqliteConn) take(ctx context.Context, text string) (driver.Stmt, error) {
	if s, ok := c.kept[text]; ok {
		delete(c.kept, text)
		return s, nil
	}
	return c.PrepareContext(ctx, text)
}

// keep remembers a statement after its use. When there are too many, all go:
// that is rare, and cheaper than an order of age.
func (c *sqliteConn) keep(text string, s driver.Stmt) {
	if _, twice := c.kept[text]; twice {
		_ = s.Close()
		return
	}
	if len(c.kept) >= keptStatements {
		c.forget()
	}
	c.kept[text] = s
}

func (c *sqliteConn) forget() {
	for _, s := range c.kept {
		_ = s.Close() // it only frees memory
	}
	clear(c.kept)
}

// Close implements driver.Conn.
func (c *sqliteConn) Close() error {
	c.forget()
	return c.sqliteDriverConn.Close()
}

// sqliteRows gives its statement back once it is read.
type sqliteRows struct {
	driver.Rows
	closed func()
}

// Close implements driver.Rows.
func (r *sqliteRows) Close() error {
	err := r.Rows.Close()
	if r.closed != nil {
		r.closed()
		r.closed = nil
	}
	return err
}
