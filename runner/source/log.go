package source

import (
	"io"
	"log"
	"runtime"
	"strings"
)

// QuietLog makes the logger leave out what net/http writes to it and keep the
// rest. A program that sends requests to any server calls it with log.Default():
// net/http logs the oddities of servers there, with pieces of their answers, and
// a transport cannot be told not to.
func QuietLog(l *log.Logger) {
	if _, quiet := l.Writer().(quietWriter); !quiet {
		l.SetOutput(quietWriter{l.Writer()})
	}
}

// quietWriter looks at who called the logger, which does not depend on the
// wording of messages.
type quietWriter struct{ next io.Writer }

func (w quietWriter) Write(line []byte) (int, error) {
	if strings.HasPrefix(loggingFunction(), "net/http.") {
		return len(line), nil
	}
	return w.next.Write(line)
}

// loggingFunction is the function that called package log.
func loggingFunction() string {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "log.") || !more {
			return frame.Function
		}
	}
}
