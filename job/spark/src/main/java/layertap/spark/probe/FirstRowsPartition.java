package layertap.spark.probe;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import layertap.extract.ShippedObjects;
import layertap.extract.check.FirstRowsCheck;
import layertap.hadoop.HadoopNamedFiles;
import layertap.hadoop.ModelPlace;
import layertap.inference.TimeLimit;
import layertap.model.saved.KeptModelFiles;
import layertap.plan.FirstRowsPlan;
import layertap.process.DaemonThread;
import layertap.report.FirstRows;
import layertap.spark.feed.FeedColumn;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Feeds rows where the job will feed them, on an executor.
 *
 * @param plan a {@link FirstRowsPlan} in bytes: see {@link ShippedObjects}
 * @param feeds where the values of feeds stand in a row
 * @param batchSeconds that a batch may take; 0 for ever
 * @param threadsPerTask which one op may use
 * @param count how many rows of a partition are read
 * @param fewest if a partition has fewer, they are counted and not fed
 */
record FirstRowsPartition(
    ModelPlace model,
    byte[] plan,
    List<FeedColumn> feeds,
    Broadcast<SerializableConfiguration> configuration,
    int batchSeconds,
    int threadsPerTask,
    int count,
    int fewest)
    implements FlatMapFunction<Iterator<Row>, byte[]> {
  private static final long serialVersionUID = 1L;

  /**
   * What a task has seen.
   *
   * @param rows how many were read
   * @param found nothing if these were too few
   */
  record Seen(int rows, FirstRows found) implements Serializable {
    static Seen of(byte[] bytes) {
      return ShippedObjects.read(bytes, Seen.class);
    }
  }

  @Override
  public Iterator<byte[]> call(Iterator<Row> rows) {
    List<Object[]> values = new ArrayList<>();
    while (values.size() < count && rows.hasNext()) {
      Row row = rows.next();
      values.add(feeds.stream().map(feed -> feed.value(row)).toArray());
    }
    if (values.isEmpty()) {
      return List.<byte[]>of().iterator();
    }
    if (values.size() < fewest) {
      return List.of(ShippedObjects.bytes(new Seen(values.size(), FirstRows.NONE))).iterator();
    }
    FirstRows found = DaemonThread.call("layertap looks at the first rows", () -> look(values));
    return List.of(ShippedObjects.bytes(new Seen(values.size(), found))).iterator();
  }

  private FirstRows look(List<Object[]> values) {
    TensorFlowRuntime.start(threadsPerTask);
    Configuration hadoop = configuration.value().value();
    return new FirstRowsCheck(
            ShippedObjects.read(plan, FirstRowsPlan.class),
            new TensorFlowSessions(),
            new KeptModelFiles(model.files(hadoop)),
            new HadoopNamedFiles(hadoop),
            TimeLimit.ofSeconds(batchSeconds))
        .run(values);
  }

  /** The same for rows that are all there are. */
  FirstRowsPartition ofAll() {
    return new FirstRowsPartition(
        model, plan, feeds, configuration, batchSeconds, threadsPerTask, count, 1);
  }
}
