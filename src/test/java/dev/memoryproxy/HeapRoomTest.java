package dev.memoryproxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class HeapRoomTest {
  private static List<ILoggingEvent> logged(long index, long reads, long heap) {
    Logger logger = (Logger) LoggerFactory.getLogger(HeapRoom.class);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    logger.addAppender(appender);
    try {
      HeapRoom.check(index, reads, heap);
      return appender.list;
    } finally {
      logger.detachAppender(appender);
    }
  }

  @Test
  void cachesThatTakeMoreThanHalfOfTheHeapAreWarnedOfOnce() {
    assertThat(logged(300, 201, 1_000))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getLevel()).hasToString("WARN");
              assertThat(event.getFormattedMessage())
                  .contains("INDEX_CACHE_BYTES", "READ_CACHE_BYTES", "-Xmx");
              assertThat(event.getKeyValuePairs().toString()).contains("300", "201", "1000");
            });
    assertThat(logged(300, 200, 1_000)).isEmpty();
  }
}
