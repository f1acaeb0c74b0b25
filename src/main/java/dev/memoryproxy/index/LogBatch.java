package dev.memoryproxy.index;

import java.util.List;

/**
 * One log object: changes that were committed together.
 *
 * @param id tells a committer whether it was its own
 * @param writer the process that committed it
 * @param indexVersion proposed by the committer; a reader takes a higher one when it must
 */
record LogBatch(String id, String writer, long indexVersion, List<LogRecord> records) {
  LogBatch {
    records = List.copyOf(records);
  }
}
