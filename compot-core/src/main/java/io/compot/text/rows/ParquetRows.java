package io.compot.text.rows;

import io.compot.error.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Parquet, by Apache's own reader over a few classes that stand in for Hadoop's. */
public final class ParquetRows {

  private static final String MARK = "PAR1";
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ParquetRows() {}

  /** Whether bytes are a parquet file's, by its first four. */
  public static boolean isOne(byte[] bytes) {
    return bytes.length >= MARK.length()
        && new String(bytes, 0, 4, StandardCharsets.ISO_8859_1).equals(MARK);
  }

  /**
   * All rows of a file.
   *
   * @throws InputException where it is damaged, cut off, or packed in a way that cannot be read
   */
  public static List<Row> read(Path file) throws IOException, InputException {
    checkWhole(file);
    var configuration = new PlainParquetConfiguration();
    var codecs = new PageCodecs(HadoopCodecs.newFactory(configuration, 0));
    var options = ParquetReadOptions.builder(configuration).withCodecFactory(codecs).build();
    try (var reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
      return rows(file, reader);
    } catch (LinkageError e) {
      // The stand-ins for Hadoop's classes know snappy, zstd and uncompressed pages only, and gzip
      // is ours.
      throw new InputException(
          file
              + ": the parquet file is compressed in a way that cannot be read here;"
              + " write it with snappy, zstd or gzip, or as JSON Lines",
          e);
    } catch (RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(
          "%s: not readable as parquet (%s); download the file again".formatted(file, reason), e);
    }
  }

  private static List<Row> rows(Path file, ParquetFileReader reader) throws IOException {
    List<Row> rows = new ArrayList<>();
    MessageType schema = reader.getFileMetaData().getSchema();
    MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
    for (PageReadStore group = reader.readNextRowGroup();
        group != null;
        group = reader.readNextRowGroup()) {
      RecordReader<Group> records =
          columns.getRecordReader(group, new GroupRecordConverter(schema));
      for (long i = 0; i < group.getRowCount(); i++) {
        rows.add(new Row(file, rows.size() + 1L, object(records.read())));
      }
    }
    return rows;
  }

  /** Both ends of a parquet file carry a mark; a download that stopped early lacks the last. */
  private static void checkWhole(Path file) throws IOException, InputException {
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      long size = in.length();
      if (size < 12 || !MARK.equals(mark(in, 0))) {
        throw InputException.in(
            file, "not a parquet file: it does not begin with PAR1", "download it again");
      }
      if (!MARK.equals(mark(in, size - 4))) {
        throw InputException.in(
            file,
            "the parquet file is cut off: its last bytes are missing (%d bytes here)"
                .formatted(size),
            "download it again");
      }
    }
  }

  private static String mark(RandomAccessFile in, long at) throws IOException {
    byte[] mark = new byte[4];
    in.seek(at);
    in.readFully(mark);
    return new String(mark, StandardCharsets.ISO_8859_1);
  }

  private static ObjectNode object(Group group) {
    ObjectNode object = NODES.objectNode();
    GroupType type = group.getType();
    for (int field = 0; field < type.getFieldCount(); field++) {
      object.set(type.getFieldName(field), field(group, field));
    }
    return object;
  }

  private static JsonNode field(Group group, int field) {
    Type type = group.getType().getType(field);
    int count = group.getFieldRepetitionCount(field);
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      ArrayNode array = NODES.arrayNode();
      for (int i = 0; i < count; i++) {
        array.add(value(group, field, i));
      }
      return array;
    }
    return count == 0 ? NODES.nullNode() : value(group, field, 0);
  }

  private static JsonNode value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (!type.isPrimitive()) {
      Group inner = group.getGroup(field, index);
      return type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
          ? list(inner)
          : object(inner);
    }
    return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> NODES.booleanNode(group.getBoolean(field, index));
      case INT32 -> NODES.numberNode(group.getInteger(field, index));
      case INT64 -> NODES.numberNode(group.getLong(field, index));
      case FLOAT -> NODES.numberNode(group.getFloat(field, index));
      case DOUBLE -> NODES.numberNode(group.getDouble(field, index));
      case BINARY ->
          type.getLogicalTypeAnnotation() == null
              ? textOrBytes(group.getBinary(field, index).getBytes())
              : NODES.stringNode(group.getBinary(field, index).toStringUsingUTF8());
      case INT96, FIXED_LEN_BYTE_ARRAY -> NODES.nullNode();
    };
  }

  /** Some writers do not say which of their columns are texts. */
  private static JsonNode textOrBytes(byte[] bytes) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return NODES.stringNode(text.toString());
    } catch (CharacterCodingException e) {
      return NODES.binaryNode(bytes);
    }
  }

  /** A list is a group with one repeated field, whose only field is the element in most files. */
  private static ArrayNode list(Group list) {
    ArrayNode array = NODES.arrayNode();
    Type repeated = list.getType().getType(0);
    boolean wrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1;
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      array.add(wrapped ? field(list.getGroup(0, i), 0) : value(list, 0, i));
    }
    return array;
  }
}
