package app

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary builds the program, with further flags of go build, and gives its path.
func binary(t *testing.T, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fanfare")
	build := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), "fanfare")...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// run runs the program to its end and gives what it printed.
func run(t *testing.T, path, data, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	command := exec.Command(path, append(args, "--data", data)...)
	command.Env = append(os.Environ(), "FANFARE_SECRET_KEY=", "FANFARE_DATABASE=")
	var out, errs bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &errs
	err = command.Run()
	return out.String(), errs.String(), err
}

// TestTheProgram walks through a first day with the real binary: the one-time
// link, a person, another password, a key, a call, SIGTERM, an export.
func TestTheProgram(t *testing.T) {
	t.Parallel()
	path, data := binary(t), t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()

	serve := exec.Command(path, "serve", "--data", data, "--addr", addr)
	serve.Env = append(os.Environ(), "FANFARE_SECRET_KEY=", "FANFARE_DATABASE=")
	stdout, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = serve.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	link := ""
	for link == "" && lines.Scan() {
		link = regexp.MustCompile(`http://\S+/setup\?token=\S+`).FindString(lines.Text())
	}
	if !strings.HasPrefix(link, "http://"+addr) {
		t.Fatalf("the first start printed the link %q", link)
	}
	waitReady(t, "http://"+addr+"/readyz")
	if status, body := get(t, link); status != http.StatusOK || !strings.Contains(body, "<form") {
		t.Errorf("the one-time link gave %d", status)
	}

	id, stderr, err := run(t, path, data, "correct horse battery\n", "person", "create", "--email", "lei@example.com", "--password-stdin", "--role", "admin")
	if err != nil || !regexp.MustCompile(`^\d+\n$`).MatchString(id) {
		t.Errorf("person create printed %q %q %v", id, stderr, err)
	}
	if id, stderr, err := run(t, path, data, "", "person", "create", "--email", "lin@example.com", "--password-stdin", "--role", "fan"); err == nil || id != "" {
		t.Errorf("without a password person create printed %q %q %v", id, stderr, err)
	}
	if told, stderr, err := run(t, path, data, "staple battery horse\n", "person", "password", "--email", "lei@example.com", "--password-stdin"); err != nil || told != "" {
		t.Errorf("person password printed %q %q %v", told, stderr, err)
	}
	signedIn := func(password string) bool {
		response, err := http.PostForm("http://"+addr+"/sign-in", url.Values{"email": {"lei@example.com"}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
	if signedIn("correct horse battery") || !signedIn("staple battery horse") {
		t.Error("the password that was set is not the one")
	}
	key, stderr, err := run(t, path, data, "", "apikey", "create", "--name", "store", "--role", "admin")
	if err != nil || strings.Count(key, "\n") != 1 {
		t.Errorf("apikey create printed %q %q %v", key, stderr, err)
	}
	api := newClient("http://"+addr, strings.TrimSpace(key))
	idea := map[string]any{"title": "=A second SIM slot", "body": ""}
	if err := api.post(t.Context(), "/api/v1/ideas", idea, nil); err != nil {
		t.Error(err)
	}

	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	csv, stderr, err := run(t, path, data, "", "export", "ideas", "--format", "csv")
	if err != nil || !strings.Contains(csv, "'=A second SIM slot") {
		t.Errorf("export printed %q %q %v", csv, stderr, err)
	}
	if out, stderr, err := run(t, path, data, "", "serve", "--no-such-flag"); err == nil || out != "" || !strings.Contains(stderr, "no-such-flag") || !strings.Contains(stderr, "Usage:") {
		t.Errorf("a bad flag gave %q %q %v", out, stderr, err)
	}
	if version, _, err := run(t, path, data, "", "version"); err != nil || !strings.HasPrefix(version, "fanfare ") {
		t.Errorf("version printed %q %v", version, err)
	}
}

func waitReady(t *testing.T, url string) {
	t.Helper()
	for range 200 {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("not ready after 5 s: " + url)
}
