package main

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// sink is where received bytes go: counted, hashed, and written if a file is named.
type sink struct {
	hash  hash.Hash
	bytes int64
	file  *os.File
}

func newSink(path string) (*sink, error) {
	s := &sink{hash: sha256.New()}
	if path == "" {
		return s, nil
	}
	file, err := os.Create(path)
	s.file = file
	return s, err
}

func (s *sink) write(chunk []byte) error {
	s.hash.Write(chunk)
	s.bytes += int64(len(chunk))
	if s.file == nil {
		return nil
	}
	_, err := s.file.Write(chunk)
	return err
}

func (s *sink) clear() error {
	s.hash, s.bytes = sha256.New(), 0
	if s.file == nil {
		return nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.file.Truncate(0)
}

func (s *sink) result(with map[string]any) (any, error) {
	with["bytes"], with["sha256"] = s.bytes, hex.EncodeToString(s.hash.Sum(nil))
	if s.file == nil {
		return with, nil
	}
	return with, s.file.Close()
}
