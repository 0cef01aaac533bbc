"""What an import refuses beyond what the mutations do: files it cannot use, and cells that lost their content."""

from __future__ import annotations

from core.errors import ErrorCode

FILE_EMPTY = ErrorCode(
    "FILE_EMPTY",
    "文件 {file} 没有表头和数据，请检查是否选错文件",
    "{file} has no header and no rows: check that it is the right file",
)
FILE_ENCODING = ErrorCode(
    "FILE_ENCODING",
    "文件 {file} 的编码无法识别，请另存为“CSV UTF-8”或 XLSX",
    "the encoding of {file} is not UTF-8, GBK or UTF-16: save it as “CSV UTF-8” or as XLSX",
)
FILE_FORMAT = ErrorCode(
    "FILE_FORMAT",
    "文件 {file} 第 {row} 行附近无法读取（引号不成对？），请修正后再导入，或另存为 XLSX",
    "{file} cannot be read near row {row} (an unpaired quote?): correct it, or save it as XLSX",
)
WORKBOOK_FORMAT = ErrorCode(
    "WORKBOOK_FORMAT",
    "工作簿 {file} 已损坏或有密码，请用 Excel 打开后另存为 XLSX",
    "the workbook {file} is damaged or has a password: open it in Excel and save it as XLSX",
)
COLUMN_MISSING = ErrorCode(
    "COLUMN_MISSING",
    "文件 {file} 缺少列：{missing}；现有的列：{found}。请补上该列，或把表头改成这个名称",
    "{file} lacks the column {missing}; it has: {found}. Add the column, or rename its header to this",
)
COLUMN_DUPLICATE = ErrorCode(
    "COLUMN_DUPLICATE",
    "文件 {file} 的列“{first}”与“{second}”含义相同，请删去其中一列",
    "the columns “{first}” and “{second}” of {file} mean the same: remove one of them",
)
COLUMN_COUNT = ErrorCode(
    "COLUMN_COUNT",
    "该行有 {cells} 格，多于表头的 {columns} 列；含分隔符的内容请加引号",
    "The row has {cells} cells, more than the {columns} columns of the header; put quotes around text with "
    "delimiters in it",
)
NUMBER_PRECISION = ErrorCode(
    "NUMBER_PRECISION",
    "该单元格被电子表格存为数值，末几位已丢失；请把整列设为文本格式后重新填写",
    "The spreadsheet stored this cell as a number and lost its last digits; format the column as text and "
    "enter it again",
)
HOUSEHOLD_CODE_FORMAT = ErrorCode(
    "HOUSEHOLD_CODE_FORMAT",
    "户编号最长 40 个字符",
    "A household code has at most 40 characters",
)
HOUSEHOLD_NEEDED = ErrorCode(
    "HOUSEHOLD_NEEDED",
    "没有户编号的行不能填写此列；请填写户编号，或清空此格",
    "A row without a household code cannot fill this column; enter the code, or clear the cell",
)
DIV_NAME = ErrorCode(
    "DIV_NAME",
    "区划名称应为 1 至 100 个字符",
    "The name of a division has 1 to 100 characters",
)
# The mutations' code, in words that point at the other row.
ID_REPEATED = ErrorCode(
    "ID_DUPLICATE",
    "该证件号码与本文件第 {row} 行相同",
    "This id number is also in row {row} of this file",
)
IMPORT_RUNNING = ErrorCode(
    "IMPORT_RUNNING",
    "文件 {file} 正在由另一个进程导入，请等它结束；minzheng import list 可查看进度",
    "{file} is being imported by another process: wait for it to end; minzheng import list shows how far it is",
)
IMPORT_DEPENDED = ErrorCode(
    "IMPORT_DEPENDED",
    "不能撤销：{what} 此后有变更或依赖本批导入的记录，请先处理它",
    "Cannot be undone: {what} was changed since, or depends on a row of this import; see to that first",
)
IMPORT_KIND = ErrorCode(
    "IMPORT_KIND",
    "批次 {batch} 导入的是区划，不能整批撤销；请撤销有关区划",
    "Batch {batch} imported divisions and is not undone as a whole; close the divisions instead",
)
IMPORT_STATE = ErrorCode(
    "IMPORT_STATE",
    "批次 {batch} 的状态为 {state}，只能撤销已完成的批次",
    "Batch {batch} is {state}; only one that is DONE can be undone",
)
