package layertap.spark.write;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.extract.ShippedObjects;
import layertap.hadoop.PlainLocalFileSystem;
import layertap.report.WrittenFile;
import layertap.spark.version.HadoopSettings;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Puts the row groups of small files together into larger files, as they are: nothing is decoded.
 * Runs on executors, a task for each file that comes out.
 */
final class FileMerge {
  private static final String PREFIX = "part-";

  private final SparkSession spark;
  private final Configuration hadoop;
  private final String directory;

  /**
   * Merges files in a directory.
   *
   * @param directory that their paths are relative to
   */
  FileMerge(SparkSession spark, Configuration hadoop, String directory) {
    this.spark = spark;
    this.hadoop = hadoop;
    this.directory = directory;
  }

  /** The files after small ones were merged. */
  List<WrittenFile> mergeSmall(List<WrittenFile> files) {
    return merge(groups(files));
  }

  /**
   * Files that become one: of a folder, those smaller than half of {@link
   * ParquetSettings#FILE_BYTES}, up to that size together. All others stay alone.
   */
  static List<List<WrittenFile>> groups(List<WrittenFile> files) {
    List<List<WrittenFile>> groups = new ArrayList<>();
    for (List<WrittenFile> folder : byFolder(files)) {
      List<WrittenFile> group = new ArrayList<>();
      long bytes = 0;
      for (WrittenFile file : folder) {
        if (file.bytes() >= ParquetSettings.FILE_BYTES / 2) {
          groups.add(List.of(file));
          continue;
        }
        if (bytes + file.bytes() > ParquetSettings.FILE_BYTES) {
          groups.add(group);
          group = new ArrayList<>();
          bytes = 0;
        }
        group.add(file);
        bytes += file.bytes();
      }
      groups.add(group);
    }
    return groups;
  }

  /** One file for each folder, so that what is published appears in one step. */
  List<WrittenFile> mergeFolders(List<WrittenFile> files) {
    return merge(byFolder(files));
  }

  private static List<List<WrittenFile>> byFolder(List<WrittenFile> files) {
    Map<String, List<WrittenFile>> folders = new LinkedHashMap<>();
    for (WrittenFile file : files) {
      folders.computeIfAbsent(folder(file.path()), absent -> new ArrayList<>()).add(file);
    }
    return List.copyOf(folders.values());
  }

  private static String folder(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  private List<WrittenFile> merge(List<List<WrittenFile>> groups) {
    List<WrittenFile> files = new ArrayList<>();
    List<String[]> merges = new ArrayList<>();
    for (List<WrittenFile> group : groups) {
      if (group.size() > 1) {
        merges.add(group.stream().map(WrittenFile::path).toArray(String[]::new));
      } else {
        files.addAll(group);
      }
    }
    if (!merges.isEmpty()) {
      files.addAll(
          JavaSparkContext.fromSparkContext(spark.sparkContext())
              .parallelize(merges, merges.size())
              .map(new Merge(directory, HadoopSettings.broadcast(spark.sparkContext(), hadoop)))
              .collect()
              .stream()
              .map(bytes -> ShippedObjects.read(bytes, WrittenFile.class))
              .toList());
    }
    return files;
  }

  /** Merges the files of one group into one of a name of the attempt's own. */
  private record Merge(String directory, Broadcast<SerializableConfiguration> hadoop)
      implements Function<String[], byte[]>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public byte[] call(String[] files) {
      try {
        Configuration configuration = new Configuration(hadoop.value().value());
        PlainLocalFileSystem.use(configuration);
        String name = files[0].substring(folder(files[0]).length());
        String merged =
            folder(files[0])
                + PREFIX
                + "merged-"
                + TaskContext.get().taskAttemptId()
                + "-"
                + name.substring(PREFIX.length());
        Path target = new Path(directory, merged);
        append(
            target,
            Arrays.stream(files).map(file -> new Path(directory, file)).toList(),
            configuration);
        return ShippedObjects.bytes(
            new WrittenFile(
                merged, target.getFileSystem(configuration).getFileStatus(target).getLen()));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot merge " + Arrays.toString(files), e);
      }
    }
  }

  /**
   * Writes a file that has the row groups of others, one after the other. Parquet's own appendFile
   * would parse Hadoop's settings anew for each file, which takes longer than to copy a small one.
   */
  static void append(Path target, List<Path> files, Configuration configuration)
      throws IOException {
    ParquetReadOptions options = HadoopReadOptions.builder(configuration).build();
    FileMetaData meta;
    try (ParquetFileReader first = reader(files.get(0), configuration, options)) {
      meta = first.getFileMetaData();
    }
    try (ParquetFileWriter writer = writer(target, meta, configuration)) {
      writer.start();
      for (Path file : files) {
        try (ParquetFileReader reader = reader(file, configuration, options)) {
          reader.appendTo(writer);
        }
      }
      writer.end(meta.getKeyValueMetaData());
    }
  }

  private static ParquetFileWriter writer(
      Path target, FileMetaData meta, Configuration configuration) throws IOException {
    return new ParquetFileWriter(
        HadoopOutputFile.fromPath(target, configuration),
        meta.getSchema(),
        ParquetFileWriter.Mode.CREATE,
        ParquetSettings.FILE_BYTES,
        0 /* no padding */,
        null /* not encrypted anew */,
        ParquetProperties.builder().build());
  }

  private static ParquetFileReader reader(
      Path file, Configuration configuration, ParquetReadOptions options) throws IOException {
    return ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration), options);
  }
}
