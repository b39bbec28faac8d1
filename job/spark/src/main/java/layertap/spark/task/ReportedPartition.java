package layertap.spark.task;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/** Maps a partition and, at its end, says what became of its rows. */
public record ReportedPartition(ExtractPartition function, TaskReportAccumulator reports)
    implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Iterator<Row> mapped = function.call(rows);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean hasNext = mapped.hasNext();
        if (!hasNext) {
          reports.add(
              new TaskReportAccumulator.PartitionReport(
                  TaskContext.getPartitionId(), TaskReports.ofThisJvm().take()));
        }
        return hasNext;
      }

      @Override
      public Row next() {
        return mapped.next();
      }
    };
  }
}
