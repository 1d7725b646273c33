package io.compot.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/** Reads arrays of numbers from numpy's npz files: a zip of npy files, row-major. */
final class NpzFile {

  private static final Pattern TYPE = Pattern.compile("'descr': '<([fi])([48])'");

  private NpzFile() {}

  /** The elements of one array, whatever their type, as doubles. */
  static double[] read(Path file, String name) throws IOException {
    try (var zip = new ZipFile(file.toFile());
        var in = zip.getInputStream(zip.getEntry(name + ".npy"))) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = bytes.getShort(8); // format version 1
      String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
      Matcher type = TYPE.matcher(header);
      if (!type.find() || header.contains("'fortran_order': True")) {
        throw new IOException("not a plain array: " + header);
      }
      int width = Integer.parseInt(type.group(2));
      bytes.position(10 + headerLength);
      double[] values = new double[bytes.remaining() / width];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            switch (type.group(1) + width) {
              case "f4" -> bytes.getFloat();
              case "f8" -> bytes.getDouble();
              case "i4" -> bytes.getInt();
              default -> bytes.getLong();
            };
      }
      return values;
    }
  }
}
