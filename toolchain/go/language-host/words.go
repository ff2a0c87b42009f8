package main

import (
	"errors"
	"strings"
)

var (
	errOpenQuote = errors.New("a quote is not closed")
	errLoneSlash = errors.New("it ends with a lone backslash")
)

// splitWords splits as a shell would: at white space, except inside quotes or
// after a backslash. Variables and globs are left as they are.
func splitWords(text string) ([]string, error) {
	s := splitter{}
	for _, char := range text {
		s.next(char)
	}
	return s.finish()
}

type splitter struct {
	words   []string
	word    strings.Builder
	inWord  bool // also true for an empty quoted word
	quote   rune // the quote that is open, 0 for none
	escaped bool
}

func (s *splitter) next(char rune) {
	switch {
	case s.escaped:
		s.unescape(char)
	case char == '\\' && s.quote != '\'':
		s.escaped, s.inWord = true, true
	case s.quote != 0 && char == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.word.WriteRune(char)
	case char == '\'' || char == '"':
		s.quote, s.inWord = char, true
	case char == ' ' || char == '\t' || char == '\n' || char == '\r':
		s.end()
	default:
		s.inWord = true
		s.word.WriteRune(char)
	}
}

// unescape keeps the backslash in double quotes where it quotes nothing, as a shell does.
func (s *splitter) unescape(char rune) {
	if s.quote == '"' && !strings.ContainsRune("\"\\$`", char) {
		s.word.WriteRune('\\')
	}
	s.word.WriteRune(char)
	s.escaped = false
}

func (s *splitter) end() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}

func (s *splitter) finish() ([]string, error) {
	if s.escaped {
		return nil, errLoneSlash
	}
	if s.quote != 0 {
		return nil, errOpenQuote
	}
	s.end()
	return s.words, nil
}
