import Foundation

/// A 16×12 picture (red 16·x, green 20·y, blue 7·x + 11·y) as Pillow writes it, and as it resizes it:
///
///     y, x = numpy.mgrid[0:12, 0:16]
///     rgb = numpy.stack([x * 16, y * 20, x * 7 + y * 11], -1).astype(numpy.uint8)
///     image = PIL.Image.fromarray(rgb)
///
/// `.convert("L")`, `.quantize(4)`, `.convert("RGBA")`, `.convert("CMYK")` and saved (JPEG: quality 95, no
/// subsampling); "deep" is `numpy.arange(192).reshape(12, 16) * 256 + 7` in 16 bits, "bit" a chessboard.
public enum Pictures {
  /// Every PNG.
  public static var png: [[UInt8]] { [rgbPNG, grayPNG, palettePNG, alphaPNG, deepPNG, bitPNG, tinyPNG] }
  /// Every JPEG.
  public static var jpeg: [[UInt8]] { [rgbJPEG, progressiveJPEG, grayJPEG, inksJPEG] }

  private static func bytes(_ base64: String) -> [UInt8] { [UInt8](Data(base64Encoded: base64) ?? Data()) }

  /// 8-bit RGB.
  public static let rgbPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAAHklEQVR4nGNkYGAQYGAnHrEwiHAzMLATj0Y1jBQNAGasB19AhUmF\
    AAAAAElFTkSuQmCC
    """)
  /// 8-bit gray.
  public static let grayPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAAAAABOjGJdAAAAGklEQVR4nGNkYGNlY2VjZYMRjLxoAixDRgAA2PkEqsUrl3UAAAAA\
    SUVORK5CYII=
    """)
  /// Two bits into a palette of four.
  public static let palettePNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMAgMAAAAWidUSAAAADFBMVEWwoKUwoG2wKGMwKCuGdILzAAAAJ0lEQVR4nG3JsQkAIBAE\
    sHg7vjMKzihvZWcXyGhbINoTnLmo8t3ABfm9BmGI0HA5AAAAAElFTkSuQmCC
    """)
  /// 8-bit RGBA.
  public static let alphaPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAYAAABr5z2BAAAAJElEQVR4nGNkYGD4L8DAzkAuZmEQ4WZgYGAnG48aMGrA4DAAAILe\
    CF5YwwIYAAAAAElFTkSuQmCC
    """)
  /// 16-bit gray.
  public static let deepPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMEAAAAAAeHL4eAAAAF0lEQVR4nGNkYGdkwAdZBPBKjyqgngIAQkMBmZ5uL0IAAAAASUVO\
    RK5CYII=
    """)
  /// A chessboard of one bit.
  public static let bitPNG = bytes(
    """
    iVBORw0KGgoAAAANSUhEUgAAABAAAAAMAQAAAABDnAAsAAAAEUlEQVR4nGMMZWAJZWDESwIATAgEG3jA5+sAAAAASUVORK5CYII=
    """)
  /// Baseline, three components.
  public static let rgbJPEG = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK\
    CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK\
    CgoKCgoKCgr/wAARCAAMABADAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
    BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
    V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
    4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC\
    AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm\
    Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq\
    8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD4D+DX7CX+p/4k3p/yzrKhijxfDvxU+D95+J9Z/Bn9hLmL/iTen/LOvaoYo/u7w78VPg/e\
    fifVnwa+EHgX9z/xKvTuP8K+HoVJn+C/h3xFmvue+fWfwZ+EHgXMX/Eq9O4/wr2qFSWh/d3h3xFmvue+f//Z
    """)
  /// Progressive.
  public static let progressiveJPEG = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK\
    CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK\
    CgoKCgoKCgr/wgARCAAMABADAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAB//EABgBAAIDAAAAAAAAAAAAAAAAAAQHAgUI\
    /9oADAMBAAIQAxAAAAEBgEsmvdWo8FrRr3//xAAXEAEBAQEAAAAAAAAAAAAAAAAFAAQG/9oACAEBAAEFAhuEhuEhiMMMRhv/xAAa\
    EQACAgMAAAAAAAAAAAAAAAAABgQhBSIx/9oACAEDAQE/AV1q5sLrVzYXcjKqxdyMqrP/xAAXEQEBAQEAAAAAAAAAAAAAAAACAAED\
    /9oACAECAQE/AR1h1gtgtv/EABcQAAMBAAAAAAAAAAAAAAAAAAABI6H/2gAIAQEABj8CUcFHBSFI/8QAFBABAAAAAAAAAAAAAAAA\
    AAAAIP/aAAgBAQABPyEEg7n/2gAMAwEAAgADAAAAEFsv/8QAFhEBAQEAAAAAAAAAAAAAAAAA8QAQ/9oACAEDAQE/EEpLTn//xAAW\
    EQADAAAAAAAAAAAAAAAAAAAAECH/2gAIAQIBAT8QdWQ//8QAHBAAAQQDAQAAAAAAAAAAAAAAAAFBcdERIZGh/9oACAEBAAE/EPNG\
    2Mcy6UZUbpR//9k=
    """)
  /// One component.
  public static let grayJPEG = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK\
    CgoKBggLDAsKDAkKCgr/wAALCAAMABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
    BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
    V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
    4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APgP4NfsJf6n/iTen/LOvrP4M/sJcxf8Sb0/5Z19WfBr4QeBf3P/ABKvTuP8K+s/\
    gz8IPAuYv+JV6dx/hX//2Q==
    """)
  /// CMYK as Adobe stores it.
  public static let inksJPEG = bytes(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoK\
    CgYICwwLCgwJCgoK/8AAFAgADAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIB\
    AwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZH\
    SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV\
    1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD83/8Agm3/AMuH/Aa+F/8Ah0l/1LP/AJBr8+/2f/2Nv9R/\
    xKvT+Cv38r+gD/gm3/y4f8Bo/wCHSX/Us/8AkGvuD9n/APY2/wBR/wASr0/gor+f/wD4Jt/8uH/Aa/oc/wCGbfhN/wBC/wDqP8K9\
    J/Z/+F/g79x/xLfTuP8ACiv6AP8Agm3/AMuH/AaP+GbfhN/0L/6j/CvuD9n/AOF/g79x/wAS307j/Civ/9k=
    """)
  /// `PIL.Image.new("L", (1, 2), 9)`.
  public static let tinyPNG = bytes(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAACCAAAAAC86un7AAAADElEQVR4nGPgZGIAAAAjAAzAJAsRAAAAAElFTkSuQmCC")
}
