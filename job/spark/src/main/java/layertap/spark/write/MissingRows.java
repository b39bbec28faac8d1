package layertap.spark.write;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterators;
import java.util.WeakHashMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import layertap.extract.ShippedObjects;
import layertap.hadoop.HadoopFiles;
import layertap.report.WrittenFile;
import layertap.spark.read.InputKeys;
import layertap.spark.read.RowSource;
import layertap.spark.run.RowLimit;
import layertap.spark.schema.ExactRows;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.runtime.AbstractFunction1;

/**
 * The rows that an output lacks, in chunks of equal size. Which key is in which chunk is written
 * down before the first chunk is read: it holds however often a chunk's tasks are tried, and
 * whatever happens to the cluster meanwhile.
 */
final class MissingRows {
  private static final String CHUNK = "_layertap_chunk";
  private static final String NUMBER = "_layertap_number";
  private static final String FIRST = "_layertap_first";

  private final SparkSession spark;
  private final RowSource.Source source;
  private final List<StructField> keyFields;
  private final String directory;
  private final List<WrittenFile> files;
  private final long count;
  private final long chunkRows;

  private MissingRows(
      SparkSession spark,
      RowSource.Source source,
      List<StructField> keyFields,
      String directory,
      List<WrittenFile> files,
      long count,
      long chunkRows) {
    this.spark = spark;
    this.source = source;
    this.keyFields = keyFields;
    this.directory = directory;
    this.files = files;
    this.count = count;
    this.chunkRows = chunkRows;
  }

  /** Keys of a chunk's rows, and the partitions of the input that they were found in. */
  record Chunk(HashSet<List<Object>> keys, Set<Integer> partitions) {
    static final Chunk EMPTY = new Chunk(new HashSet<>(), Set.of());
  }

  /**
   * Writes down what is in which chunk.
   *
   * @param missing keys that the output lacks, with their partitions
   * @param directory to write to
   * @param limit of the rows in all chunks
   */
  static MissingRows of(
      SparkSession spark,
      RowSource.Source source,
      InputKeys keys,
      Dataset<Row> missing,
      String directory,
      long chunkRows,
      RowLimit limit) {
    Dataset<Row> kept = missing.persist();
    try {
      Map<Integer, Long> counts = counts(kept);
      long all = counts.values().stream().mapToLong(Long::longValue).sum();
      long count = limit.countOf(all);
      List<WrittenFile> files =
          count == 0
              ? List.of()
              : StagedFiles.write(
                      numbered(spark, kept, keys, counts)
                          .where(functions.col(NUMBER).lt(count))
                          .withColumn(
                              CHUNK,
                              functions.expr("cast(" + NUMBER + " div " + chunkRows + " as int)"))
                          .repartition(functions.col(CHUNK)),
                      directory,
                      "keys",
                      List.of(CHUNK),
                      Map.of())
                  .files();
      return new MissingRows(spark, source, keys.fields(), directory, files, count, chunkRows);
    } finally {
      kept.unpersist(false);
    }
  }

  private static Map<Integer, Long> counts(Dataset<Row> keys) {
    Map<Integer, Long> counts = new HashMap<>();
    keys.groupBy(InputKeys.PARTITION)
        .count()
        .collectAsList()
        .forEach(row -> counts.put(row.getInt(0), row.getLong(1)));
    return counts;
  }

  /** Numbers keys from 0, those of a partition one after the other: a chunk reads few of them. */
  private static Dataset<Row> numbered(
      SparkSession spark, Dataset<Row> missing, InputKeys keys, Map<Integer, Long> counts) {
    List<Row> firsts = new ArrayList<>();
    long first = 0;
    for (int partition : counts.keySet().stream().sorted().toList()) {
      firsts.add(RowFactory.create(partition, first));
      first += counts.get(partition);
    }
    StructType schema =
        new StructType()
            .add(InputKeys.PARTITION, DataTypes.IntegerType)
            .add(FIRST, DataTypes.LongType);
    Column rank =
        functions
            .row_number()
            .over(Window.partitionBy(InputKeys.PARTITION).orderBy(keys.columns()));
    return missing
        .join(functions.broadcast(spark.createDataFrame(firsts, schema)), InputKeys.PARTITION)
        .withColumn(NUMBER, rank.minus(1).plus(functions.col(FIRST)))
        .drop(FIRST);
  }

  long count() {
    return count;
  }

  int chunkCount() {
    return (int) ((count + chunkRows - 1) / chunkRows);
  }

  /** The keys of a chunk, each with the partition of the input that it was found in. */
  Dataset<Row> keys(int number) {
    String folder = CHUNK + "=" + number + "/";
    List<StructField> fields = new ArrayList<>(keyFields);
    fields.add(DataTypes.createStructField(InputKeys.PARTITION, DataTypes.IntegerType, true));
    return spark
        .read()
        .schema(DataTypes.createStructType(fields))
        .parquet(
            files.stream()
                .map(WrittenFile::path)
                .filter(path -> path.startsWith(folder))
                .map(path -> HadoopFiles.literal(directory + "/" + path))
                .toArray(String[]::new));
  }

  Chunk chunk(int number) {
    HashSet<List<Object>> keys = new HashSet<>();
    Set<Integer> partitions = new HashSet<>();
    ExactRows.of(keys(number))
        .collectAsList()
        .forEach(
            row -> {
              keys.add(IntStream.range(0, keyFields.size()).mapToObj(row::get).toList());
              partitions.add(row.getInt(keyFields.size()));
            });
    return new Chunk(keys, partitions);
  }

  /** The rows of a chunk, from the partitions that its keys were found in. */
  Dataset<Row> rows(Chunk chunk) {
    RDD<Row> all = ExactRows.of(source.rows()).rdd();
    RDD<Row> some = PartitionPruningRDD.create(all, new PartitionFilter(chunk.partitions()));
    return filtered(some.toJavaRDD(), chunk);
  }

  /** The rows of a chunk, looked for in the whole input: it is not always split alike. */
  Dataset<Row> rowsAnywhere(Chunk chunk) {
    return filtered(ExactRows.of(source.rows()).rdd().toJavaRDD(), chunk);
  }

  private Dataset<Row> filtered(JavaRDD<Row> rows, Chunk chunk) {
    List<Integer> positions = source.positions(keyFields.stream().map(StructField::name).toList());
    Broadcast<byte[]> keys =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(ShippedObjects.bytes(chunk.keys()));
    JavaRDD<Row> wanted = rows.mapPartitions(new KeyFilter(keys, new ArrayList<>(positions)), true);
    StructType type = source.rows().schema();
    return ExactRows.restored(
        spark.createDataset(wanted.rdd(), ExactRows.encoder(spark, type)), type, Map.of());
  }

  private record KeyFilter(Broadcast<byte[]> keys, List<Integer> positions)
      implements FlatMapFunction<Iterator<Row>, Row> {
    private static final long serialVersionUID = 1L;

    /** By the very bytes that an executor holds for all of its tasks. */
    @SuppressWarnings("ArrayAsKeyOfSetOrMap")
    private static final Map<byte[], Set<?>> READ =
        Collections.synchronizedMap(new WeakHashMap<>());

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      Set<?> wanted =
          READ.computeIfAbsent(keys.value(), bytes -> ShippedObjects.read(bytes, HashSet.class));
      return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, 0), false)
          .filter(row -> wanted.contains(positions.stream().map(row::get).toList()))
          .iterator();
    }
  }

  private static final class PartitionFilter extends AbstractFunction1<Object, Object>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Set<Integer> partitions;

    PartitionFilter(Set<Integer> partitions) {
      this.partitions = partitions;
    }

    @Override
    public Object apply(Object partition) {
      return partitions.contains(partition);
    }
  }
}
