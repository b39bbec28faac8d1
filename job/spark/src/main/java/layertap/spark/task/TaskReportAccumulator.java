package layertap.spark.task;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import layertap.report.TaskReport;
import org.apache.spark.util.AccumulatorV2;

/**
 * What became of the rows of each partition. A partition that is computed again, since its shuffle
 * files were lost or the first attempt failed, counts once. Thread-safe.
 */
public final class TaskReportAccumulator
    extends AccumulatorV2<TaskReportAccumulator.PartitionReport, List<TaskReport>> {
  private static final long serialVersionUID = 1L;

  private final Map<Integer, TaskReport> byPartition = new ConcurrentHashMap<>();

  /** What one attempt at a partition did. */
  record PartitionReport(int partition, TaskReport report) implements Serializable {}

  @Override
  public boolean isZero() {
    return byPartition.isEmpty();
  }

  @Override
  public TaskReportAccumulator copy() {
    TaskReportAccumulator copy = new TaskReportAccumulator();
    copy.byPartition.putAll(byPartition);
    return copy;
  }

  @Override
  public void reset() {
    byPartition.clear();
  }

  @Override
  public void add(PartitionReport report) {
    byPartition.put(report.partition(), report.report());
  }

  @Override
  public void merge(AccumulatorV2<PartitionReport, List<TaskReport>> other) {
    byPartition.putAll(((TaskReportAccumulator) other).byPartition);
  }

  @Override
  public List<TaskReport> value() {
    return List.copyOf(byPartition.values());
  }
}
